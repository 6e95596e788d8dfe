import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', 'express/index': 'src/express/index.ts', 'fastify/index': 'src/fastify/index.ts', 'hono/index': 'src/hono/index.ts', 'next/index': 'src/next/index.ts' },
  format: ['esm'],
  target: 'es2022',
  removeNodeProtocol: false,
  dts: { compilerOptions: { composite: false } },
  clean: true,
})
