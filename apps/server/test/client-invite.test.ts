import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { digest, find } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { openStore } from '../src/open-store.ts'
import { GOOD } from './bad-configurations.ts'
import { emptyFolder, ran } from './terminal.ts'

const KEY = 'mF5pQ0cXv3T1yWz8rN6aKd2LhB7sUe9gJi4oRtPxYqE'

function folderWith(changes: object): string {
  const cwd = emptyFolder()
  writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...GOOD, store: 'sqlite:./latchkey.db', encryptionKey: KEY, registration: { access: 'initial access token' }, ...changes }))
  return cwd
}

async function invitationIn(cwd: string, token: string) {
  const store = await openStore({ kind: 'sqlite', file: path.join(cwd, 'latchkey.db') })
  const { row } = await store.gather({ row: find('initial_access_token', digest(token)) })
  await store.close()
  return row
}

describe('latchkey client invite', () => {
  it('writes a token that is good for one client and a week, and keeps only its digest', async () => {
    const cwd = folderWith({})
    const { code, out, err } = await ran(['client', 'invite'], { cwd })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^[\w-]{43}\n$/)
    const row = await invitationIn(cwd, out.trim())
    expect(row).toMatchObject({ usesLeft: 1 })
    expect((row?.expiresAt ?? 0) - (row?.createdAt ?? 0)).toBe(604_800)
  })
  it('says more to people on standard error, and everything to programs', async () => {
    const cwd = folderWith({})
    expect((await ran(['client', 'invite'], { cwd, isInteractive: true })).err).toContain('Good for 1 client at https://login.example.com/register until ')
    const { out } = await ran(['client', 'invite', '--json', '--uses', '3', '--expires', '12h', '--profile', 'oidc', '--scope', 'openid api'], { cwd })
    const told = JSON.parse(out) as { initial_access_token: string; expires: string; registration_endpoint: string }
    expect(told).toEqual({ initial_access_token: expect.any(String) as string, expires: expect.stringMatching(/^20.*Z$/) as string, registration_endpoint: 'https://login.example.com/register' })
    expect(await invitationIn(cwd, told.initial_access_token)).toMatchObject({ usesLeft: 3, profile: 'oidc', scope: ['openid', 'api'] })
  })
  it.each<[string, object, readonly string[], string]>([
    ['registration is off', { registration: undefined }, [], 'nobody may register clients here'],
    ['the store forgets', { store: 'memory:' }, [], 'another process does not see'],
    ['the number is none', {}, ['--uses', '0'], '--uses is no number'],
    ['the time is none', {}, ['--expires', 'soon'], '--expires is no length of time'],
    ['the configuration can not stand', { issuer: 7 }, [], '1 problem in '],
  ])('ends with 1 when %s', async (_, changes, flags, text) => {
    expect(await ran(['client', 'invite', ...flags], { cwd: folderWith(changes) })).toMatchObject({ code: 1, out: '', err: expect.stringContaining(text) as string })
  })
  it('is called wrongly with another profile', async () => {
    expect(await ran(['client', 'invite', '--profile', 'legacy'], { cwd: folderWith({}) })).toMatchObject({ code: 2, out: '' })
  })
})
