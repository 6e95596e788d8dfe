import { defineConfig } from 'tsup'

export default defineConfig([
  { entry: ['src/index.ts'], format: ['esm'], target: 'es2022', dts: { entry: ['src/index.ts', 'src/worker.ts'], compilerOptions: { composite: false } } },
  // Whole in itself, so that it can be served as it is by who builds without support for workers.
  { entry: ['src/worker.ts'], format: ['esm'], target: 'es2022', noExternal: [/.*/], splitting: false },
])
