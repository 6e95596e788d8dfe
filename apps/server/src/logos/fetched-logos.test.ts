import type { OutboundAnswer } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { fetchedLogos } from './fetched-logos.ts'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1])
const answer = (bytes?: Uint8Array, status = 200): OutboundAnswer => ({ status, headers: new Headers({ 'content-type': 'image/png' }), body: '', ...(bytes === undefined ? {} : { bytes }) })
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

function logos(outcome: (uri: string) => Promise<OutboundAnswer> = () => Promise.resolve(answer(PNG))) {
  const state = { asked: [] as string[], missed: [] as string[], now: 0 }
  const logoAt = fetchedLogos({
    outbound: (uri, request) => {
      expect(request?.largest).toBe(262_144)
      state.asked.push(uri)
      return outcome(uri)
    },
    now: () => state.now,
    missed: (_, error) => void state.missed.push(String(error)),
  })
  return { state, logoAt }
}

describe('A27 the logo of a client', () => {
  it.each([
    ['image/png', PNG],
    ['image/jpeg', bytesOf('\xff\xd8\xff\xe0')],
    ['image/gif', bytesOf('GIF89a')],
    ['image/webp', bytesOf('RIFF\x00\n\r\x01WEBPVP8 ')],
  ])('is %s by what it holds, whatever its server calls it', async (type, bytes) => {
    expect(await logos(() => Promise.resolve(answer(bytes))).logoAt('https://rp.example/logo')).toEqual({ type, bytes })
  })
  it.each<[string, () => Promise<OutboundAnswer>, string]>([
    ['a drawing', () => Promise.resolve(answer(bytesOf('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'))), 'no PNG'],
    ['a page', () => Promise.resolve(answer(bytesOf('<!doctype html>'))), 'no PNG'],
    ['a page that hides an image', () => Promise.resolve(answer(bytesOf('x\x89PNG\r\n\x1a\n'))), 'no PNG'],
    ['nothing', () => Promise.resolve(answer(new Uint8Array())), 'no PNG'],
    ['an answer of which only the text is known', () => Promise.resolve(answer()), 'no PNG'],
    ['a redirect', () => Promise.resolve(answer(PNG, 302)), 'answered 302'],
    ['an error', () => Promise.resolve(answer(PNG, 500)), 'answered 500'],
    ['no answer', () => Promise.reject(new Error('away')), 'away'],
  ])('is not %s, and is not asked for again within a minute', async (_, outcome, reason) => {
    const { state, logoAt } = logos(outcome)
    const seen = []
    for (state.now of [0, 59_999, 60_000]) seen.push(await logoAt('https://rp.example/logo'), state.asked.length)
    expect(seen).toEqual([undefined, 1, undefined, 1, undefined, 2])
    expect(state.missed).toEqual([expect.stringContaining(reason), expect.stringContaining(reason)])
  })
  it('is fetched once an hour, and once by a hundred at once', async () => {
    const { state, logoAt } = logos()
    await Promise.all(Array.from({ length: 100 }, () => logoAt('https://rp.example/logo')))
    state.now = 3_599_999
    await logoAt('https://rp.example/logo')
    expect(state.asked).toHaveLength(1)
    state.now = 3_600_000
    await logoAt('https://rp.example/logo')
    expect(state.asked).toHaveLength(2)
  })
  it('is fetched for eight clients at a time, and others go without meanwhile', async () => {
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const { state, logoAt } = logos(() => gate.then(() => answer(PNG)))
    const all = Array.from({ length: 9 }, (_, at) => logoAt(`https://rp.example/${at}`))
    expect([await all[8], state.asked.length]).toEqual([undefined, 8])
    release?.()
    await Promise.all(all)
    expect(await logoAt('https://rp.example/8')).toBeDefined()
  })
  it('is forgotten when sixty-four others have come', async () => {
    const { state, logoAt } = logos()
    for (let at = 0; at < 65; at++) await logoAt(`https://rp.example/${at}`)
    await logoAt('https://rp.example/64')
    expect(state.asked).toHaveLength(65)
    await logoAt('https://rp.example/0')
    expect(state.asked).toHaveLength(66)
  })
})
