import { hash } from '@node-rs/argon2'
import { describe, expect, it } from 'vitest'
import { configuredUsers } from '../src/users/configured-users.ts'
import { type PasswordHashing, passwordHashing, TooManyAttempts } from '../src/users/password-hashing.ts'

const CONFIGURED = [
  { sub: 'u-1', username: 'Ada', password: 'correct horse', claims: { name: 'Ada' } },
  { sub: 'u-2', username: 'Lin', password: 'battery staple', locked: true },
]

/** Real hashing that notes what it was asked. */
function watched(): PasswordHashing & { readonly asked: string[] } {
  const real = passwordHashing()
  const asked: string[] = []
  return { asked, hash: real.hash, proves: (password, kept) => (asked.push(kept), real.proves(password, kept)) }
}

describe('configured users', () => {
  it('sign in with their password, under any spelling of their username', async () => {
    const users = await configuredUsers(CONFIGURED, passwordHashing())
    expect(await users.authenticate('ada', 'correct horse')).toEqual({ sub: 'u-1', active: true, claims: { name: 'Ada' } })
    expect(await users.authenticate('ＡＤＡ', 'correct horse')).toMatchObject({ sub: 'u-1' })
    expect(await users.authenticate('Ada', 'Correct horse')).toBeUndefined()
    expect(await users.authenticate('Ada', 'correct horse ')).toBeUndefined()
    expect(users.usernameOf('u-1')).toBe('Ada')
  })

  it('are found by subject, locked ones as inactive', async () => {
    const users = await configuredUsers(CONFIGURED, passwordHashing())
    expect(await users.find('u-1')).toMatchObject({ active: true })
    expect(await users.find('u-2')).toMatchObject({ active: false })
    expect(await users.find('Ada')).toBeUndefined()
    expect(await users.find('__proto__')).toBeUndefined()
  })

  it('give unknown, wrong and locked the same answer after the same work', async () => {
    const hashing = watched()
    const users = await configuredUsers(CONFIGURED, hashing)
    const answers = []
    for (const [username, password] of [['nobody', 'x'], ['ada', 'x'], ['lin', 'x'], ['lin', 'battery staple'], ['constructor', 'x']] as const) answers.push(await users.authenticate(username, password))
    expect(answers).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(hashing.asked).toHaveLength(5)
    expect(new Set(hashing.asked.map((kept) => kept.split('$').slice(0, 4).join('$')))).toEqual(new Set(['$argon2id$v=19$m=19456,t=2,p=1']))
  })

  it('are refused a password above four kilobytes before it is hashed', async () => {
    const hashing = watched()
    const users = await configuredUsers([{ sub: 'u-3', username: 'long', password: 'é'.repeat(1_024) }], hashing)
    expect(await users.authenticate('long', 'é'.repeat(1_024))).toMatchObject({ sub: 'u-3' })
    expect(await users.authenticate('long', 'é'.repeat(2_049))).toBeUndefined()
    expect(hashing.asked).toHaveLength(1)
  })

  it('may bring an argon2id hash of any cost', async () => {
    const users = await configuredUsers([{ sub: 'u-4', username: 'eve', passwordHash: await hash('sesame', { memoryCost: 8_192, timeCost: 1 }) }], passwordHashing())
    expect(await users.authenticate('eve', 'sesame')).toMatchObject({ sub: 'u-4' })
    expect(await users.authenticate('eve', 'open')).toBeUndefined()
  })
})

describe('password hashing', () => {
  it('refuses to queue without end, and recovers', async () => {
    const hashing = passwordHashing()
    const kept = await hash('x', { memoryCost: 8, timeCost: 1 })
    const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => hashing.proves('x', kept)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(204)
    expect(outcomes.every((outcome) => outcome.status === 'fulfilled' || outcome.reason instanceof TooManyAttempts)).toBe(true)
    expect(await hashing.proves('x', kept)).toBe(true)
  })

  it('hashes any number of configured passwords at the start', async () => {
    const users = await configuredUsers(Array.from({ length: 210 }, (_, at) => ({ sub: `u-${at}`, username: `user ${at}`, passwordHash: '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA' })), passwordHashing())
    expect(users.usernameOf('u-209')).toBe('user 209')
  })
})
