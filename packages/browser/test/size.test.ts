import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundle } from './pages.ts'

describe('what a page downloads', () => {
  let files: Map<string, string>
  beforeAll(async () => {
    files = await bundle(`
      import { createAuth } from './src/index.ts'
      const auth = createAuth({ issuer: 'https://op.example', clientId: 'spa' })
      await auth.ready(); await auth.login(); await auth.token(); await auth.fetch('/'); auth.subscribe(() => auth.getState())
    `)
  })

  test('the core for redirect, callback, refresh, tab lock and fetch is at most 10 kB', () => {
    expect(gzipSync(files.get('/stdin.js') ?? '', { level: 9 }).length).toBeLessThanOrEqual(10_000)
  })

  test('it is one file, so that the number tells all of it', () => {
    expect([...files.keys()]).toEqual(['/stdin.js'])
  })

  test('no part of the server and no signature library is in it', () => {
    const text = [...files.values()].join('\n')
    for (const foreign of ['code_already_redeemed', 'code_of_another_client', 'redirect_uri_mismatch', 'client_secret', 'refresh_token_reuse', 'oauth4webapi', 'BigInt']) {
      expect(text).not.toContain(foreign)
    }
  })
})

test('can be imported and set up where there is no browser', async () => {
  const { createAuth } = await import('../src/index.ts')
  const auth = createAuth({ issuer: 'https://op.example', clientId: 'spa', tokens: 'local' })
  expect(await auth.ready()).toEqual({ status: 'pending' })
})

test.each([
  [{ issuer: 'http://op.example' }, 'insecure_issuer'],
  [{ issuer: 'op.example' }, 'invalid_configuration'],
  [{ clientId: '' }, 'invalid_configuration'],
  [{ scope: 'profile' }, 'invalid_configuration'],
  [{ fetchOrigins: ['https://api.example/path'] }, 'invalid_configuration'],
  [{ fetchOrigins: ['http://api.example'] }, 'invalid_configuration'],
])('refuses the options %j', async (change, code) => {
  const { createAuth } = await import('../src/index.ts')
  expect(() => createAuth({ issuer: 'https://op.example', clientId: 'spa', ...change })).toThrow(expect.objectContaining({ code, phase: 'config' }))
})
