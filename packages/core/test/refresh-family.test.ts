import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Client, DOUBLE_SUBMIT, isRefusal, refreshToken } from '../src/index.ts'
import { familyWorld } from './grant-world.ts'
import { catalogue, commit, decide, form, NOW, refreshTokenOf, rowIn, spa, withPolicy, type World } from './world.ts'

const WINDOW = 30
const grace = withPolicy(spa, { refreshTokenReplayWindow: WINDOW })
const strict = withPolicy(spa, { refreshTokenReplayWindow: 0 })

/** Presents a generation: the generation that is handed out, or the key of the refusal. */
function present(world: World, generation: number, now: number, client: Client): string {
  const decision = decide(refreshToken.begin(form({ refresh_token: refreshTokenOf(generation) }), client, catalogue), world, { now })
  commit(world, decision.writes)
  if (isRefusal(decision)) return decision.key
  return decision.refreshToken?.family === 'known' ? `R${decision.refreshToken.generation}` : 'nothing'
}

/** What a family is, in the fewest words: the model that core is held against. */
function model(window: number): (generation: number, now: number) => string {
  let current = 1
  let rotatedAt = 0
  let isDead = false
  return (generation, now) => {
    if (isDead) return 'authorization_revoked'
    if (generation === current) {
      current++
      rotatedAt = now
      return `R${current}`
    }
    const age = now - rotatedAt
    if (generation === current - 1 && window > 0 && age <= window) return `R${current}`
    if (generation === current - 1 && window === 0 && age <= DOUBLE_SUBMIT) return 'refresh_token_superseded'
    isDead = true
    return 'refresh_token_replayed'
  }
}

const steps = fc.array(fc.record({ wait: fc.oneof(fc.nat(6), fc.nat(40)), back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(2)) }), { maxLength: 12 })

function law(client: Client, window: number) {
  return fc.property(steps, (taken) => {
    const world = familyWorld()
    const expected = model(window)
    let now = NOW
    let newest = 1
    for (const { wait, back } of taken) {
      now += wait
      const generation = Math.max(1, newest - back)
      const answer = expected(generation, now)
      expect(present(world, generation, now, client)).toBe(answer)
      if (answer.startsWith('R')) newest = Number(answer.slice(1))
    }
  })
}

describe('a family of refresh tokens', () => {
  it('does what its model does, with a window', () => fc.assert(law(grace, WINDOW), { numRuns: 500 }))
  it('does what its model does, when strict', () => fc.assert(law(strict, 0), { numRuns: 500 }))
  it('does not do what the other model does', () => {
    expect(fc.check(law(grace, 0), { numRuns: 1_000, seed: 1 }).failed).toBe(true)
    expect(fc.check(law(strict, WINDOW), { numRuns: 1_000, seed: 1 }).failed).toBe(true)
    expect(fc.check(law(grace, WINDOW - 1), { numRuns: 5_000, seed: 1 }).failed).toBe(true)
  })

  it('F04 R1, R2, R3, then R1 within the window: everything ends', () => {
    const world = familyWorld()
    expect([1, 2, 1].map((generation) => present(world, generation, NOW, grace))).toEqual(['R2', 'R3', 'refresh_token_replayed'])
    expect(rowIn(world, 'authorization', 'auth-1')?.revokedAt).toBe(NOW)
    expect([1, 2, 3, 4].map((generation) => present(world, generation, NOW, grace))).toEqual(Array(4).fill('authorization_revoked'))
  })
  it('F11 an answer that got lost is given again within the window', () => {
    const world = familyWorld()
    expect(present(world, 1, NOW, grace)).toBe('R2')
    expect(present(world, 1, NOW + 10, grace)).toBe('R2')
    expect(present(world, 2, NOW + 3_600, grace)).toBe('R3')
  })
  it('F05 a token that was replaced long ago ends the family', () => {
    const world = familyWorld()
    expect(present(world, 1, NOW, grace)).toBe('R2')
    expect(present(world, 1, NOW + WINDOW + 1, grace)).toBe('refresh_token_replayed')
    expect(present(world, 2, NOW + WINDOW + 1, grace)).toBe('authorization_revoked')
  })
})
