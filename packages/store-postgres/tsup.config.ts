import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  removeNodeProtocol: false,
  dts: { compilerOptions: { composite: false } },
  clean: true,
})
