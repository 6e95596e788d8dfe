import { expect, test } from 'vitest'
import { systemRandom } from './random.ts'

test('draws of every length are never given twice, across many pages of the pool', () => {
  const lengths = [20, 32, 7, 4_000, 4_096]
  const drawn = Array.from({ length: 1_000 }, (_, at) => systemRandom(lengths[at % lengths.length] ?? 20))
  expect(drawn.map(({ length }) => length)).toEqual(Array.from({ length: 1_000 }, (_, at) => lengths[at % lengths.length]))
  expect(new Set(drawn.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1_000)
})

test('a draw larger than the pool, and of nothing', () => {
  expect(new Set(systemRandom(10_000)).size).toBe(256)
  expect(systemRandom(0)).toEqual(new Uint8Array())
})

test('what was given does not change with later draws', () => {
  const first = systemRandom(32)
  const kept = first.slice()
  for (let draw = 0; draw < 500; draw++) systemRandom(32)
  expect(first).toEqual(kept)
})
