import { defineConfig } from 'tsup'

export default defineConfig([
  { entry: ['src/main.ts'], format: ['esm'], target: 'es2022', outDir: 'dist', publicDir: false },
  {
    entry: { app: 'src/app.ts' }, format: ['esm'], target: 'es2022', platform: 'browser', minify: true, splitting: true, outDir: 'dist/public',
    publicDir: 'public', noExternal: [/.*/],
  },
])
