import { defineConfig } from 'vitest/config'

const conditions = ['@latchkey/source']

export default defineConfig({
  resolve: { conditions: [...conditions, 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'module', 'default'] } },
  test: {
    include: ['packages/*', 'apps/server', 'apps/examples/*', 'bench'].flatMap((folder) => [`${folder}/src/**/*.test.{ts,tsx}`, `${folder}/test/**/*.test.{ts,tsx}`]).concat('tools/**/*.test.ts', 'tests/**/*.test.ts'),
    // Generous, so that a busy machine does not fail a sound test.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test left with `.only` would silence its neighbours; vitest refuses it here, and a repository check says where it is.
    allowOnly: false,
  },
})
