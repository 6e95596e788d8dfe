import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', 'parts/index': 'src/parts/index.ts', 'dpop/index': 'src/dpop/index.ts' },
  format: ['esm'],
  target: 'es2022',
  dts: { compilerOptions: { composite: false } },
  clean: true,
})
