import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundle } from './pages.ts'

/** The bytes of some files, each compressed as it travels. */
function weigh(files: ReadonlyMap<string, string>, names: readonly string[]): number {
  return names.map(name => gzipSync(files.get(name) ?? '', { level: 9 }).length).reduce((sum, bytes) => sum + bytes, 0)
}

describe('what a page downloads', () => {
  let files: Map<string, string>
  beforeAll(async () => {
    files = await bundle(`
      import { createAuth } from './src/index.ts'
      const auth = createAuth({ issuer: 'https://op.example', clientId: 'spa' })
      await auth.ready(); await auth.login(); await auth.token(); await auth.fetch('/'); auth.subscribe(() => auth.getState())
    `)
  })

  /** The files whose names begin so, all of which there must be. */
  const named = (...beginnings: string[]): readonly string[] => beginnings.map(beginning => {
    const name = [...files.keys()].find(file => file.startsWith(`/${beginning}-`))
    if (name === undefined) throw new Error(`no ${beginning} among ${[...files.keys()].join(' ')}`)
    return name
  })

  test('the core for redirect, callback, refresh, tab lock and fetch is at most 10 kB', () => {
    expect(weigh(files, ['/stdin.js'])).toBeLessThanOrEqual(10_000)
  })

  test('the core is one file, so that the number tells all of it', () => {
    expect([...(files.get('/stdin.js') ?? '').matchAll(/\bimport\s*["{*]/g)]).toEqual([])
  })

  test.each([
    ['popups and silent sign-in', 1500, ['aside']],
    ['DPoP', 1800, ['extras', 'dpop']],
    ['pushed requests', 700, ['pushed-request']],
    ['the worker\'s line', 700, ['extras', 'worker-fetch']],
    ['signing out with the issuer', 300, ['sign-out']],
  ])('%s add at most %i bytes, when they are used, and draw in nothing else', (_, most, parts) => {
    expect(weigh(files, named(...parts))).toBeLessThanOrEqual(most)
    for (const part of named(...parts)) expect(files.get(part)).not.toMatch(/\bimport\s*["{*]/)
  })

  test('hybrid sign-in and signature checking, which a page can have from the client package, add at most 5 kB, when they are used', async () => {
    const parts = `createRelyingParty, authorizationUrl, callback`
    const plain = await bundle(`export { ${parts} } from '@latchkey/client/parts'`)
    const hybrid = await bundle(`export { ${parts}, hybridAuthorizationUrl, hybridCallback } from '@latchkey/client'`)
    const more = weigh(hybrid, [...hybrid.keys()]) - weigh(plain, [...plain.keys()])
    expect([...hybrid.keys()].some(name => name.startsWith('/front-channel-'))).toBe(true)
    expect(more).toBeLessThanOrEqual(5000)
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
