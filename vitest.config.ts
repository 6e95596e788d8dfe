import { defineConfig } from 'vitest/config'

const conditions = ['@latchkey/source']

export default defineConfig({
  resolve: { conditions: [...conditions, 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'apps/server/src/**/*.test.{ts,tsx}', 'apps/server/test/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
  },
})
