import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { cli: 'src/cli.ts', index: 'src/index.ts', 'pages/index': 'src/pages/index.ts' },
  format: ['esm'],
  target: 'es2022',
  dts: { compilerOptions: { composite: false } },
  clean: true,
})
