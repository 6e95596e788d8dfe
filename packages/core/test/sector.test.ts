import { describe, expect, it } from 'vitest'
import { adjusted, countedAt, type Client, parseClient, type RegistrationCount, sectorOf, totalOf, unusedEnd } from '../src/index.ts'
import { abilities, clientOf, NOW, SECRET } from './world.ts'

const pairwise = { subject_type: 'pairwise' } as const

describe('the sector of a client', () => {
  it.each<[string, Partial<Pick<Client, 'subject_type' | 'redirect_uris' | 'sector_identifier_uri'>>, string | undefined]>([
    ['none where subjects are public', { subject_type: 'public', redirect_uris: ['https://a.example/cb'] }, undefined],
    ['the host of all redirect URIs', { redirect_uris: ['https://A.example/cb', 'https://a.example:8443/other?x'] }, 'a.example'],
    ['none for two hosts', { redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] }, undefined],
    ['the host of the sector identifier, whatever the redirect URIs', { redirect_uris: ['https://a.example/cb', 'https://b.example/cb'], sector_identifier_uri: 'https://s.example/uris' }, 's.example'],
    ['the one of this machine', { redirect_uris: ['http://[::1]/cb', 'http://[::1]:80/cb'] }, '[::1]'],
    ['none for an app without a host', { redirect_uris: ['com.example.app:/cb'] }, undefined],
    ['none without redirect URIs', { redirect_uris: [] }, undefined],
  ])('is %s', (_, members, sector) => {
    expect(sectorOf({ redirect_uris: [], ...pairwise, ...members })).toBe(sector)
  })
  it.each([
    ['subject_type', { ...pairwise, redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] }, 'do not name one host'],
    ['sector_identifier_uri', { redirect_uris: ['https://a.example/cb'], sector_identifier_uri: 'http://s.example/' }, 'not an https address'],
    ['sector_identifier_uri', { redirect_uris: ['https://a.example/cb'], sector_identifier_uri: 'https://s.example/#x' }, 'not an https address'],
    ['subject_type', { subject_type: 'secret' as 'public', redirect_uris: ['https://a.example/cb'] }, 'neither public nor pairwise'],
  ])('%s of %j is refused', (path, members, reason) => {
    expect(parseClient({ client_id: 'c', client_secret: SECRET, ...members }, abilities)).toEqual([expect.objectContaining({ path, reason: expect.stringContaining(reason) as string })])
  })
  it('goes with a client that can stand', () => {
    expect(sectorOf(clientOf({ client_id: 'c', client_secret: SECRET, redirect_uris: ['https://a.example/cb'], ...pairwise }))).toBe('a.example')
  })
})

describe('the count of registered clients', () => {
  const row: RegistrationCount = { used: 2, unused: [[NOW, 5], [NOW + 1, 3]], hour: { from: NOW - 3_599, count: 7 } }

  it('forgets what has expired, without anybody taking it away', () => {
    expect(totalOf(countedAt(row, NOW))).toBe(5)
    expect(totalOf(countedAt(row, NOW + 1))).toBe(2)
    expect(totalOf(countedAt(undefined, NOW))).toBe(0)
  })
  it('counts an hour from its first, and not again for a clock that goes back a little', () => {
    expect(countedAt(row, NOW).hour).toEqual(row.hour)
    expect(countedAt(row, NOW + 1).hour).toEqual({ from: NOW + 1, count: 0 })
    expect(countedAt(row, NOW - 3_700).hour).toEqual(row.hour)
  })
  it('moves a client that is used from those that are not, and never counts below nothing', () => {
    const counted = countedAt(row, NOW)
    const used = adjusted(adjusted(counted, NOW + 1, -1), undefined, 1)
    expect([used.used, [...used.unused]]).toEqual([3, [[NOW + 1, 2]]])
    const gone = adjusted(adjusted(adjusted(counted, NOW + 9, -1), undefined, -1), NOW + 1, -1)
    expect([gone.used, [...gone.unused]]).toEqual([1, [[NOW + 1, 2]]])
    expect(adjusted({ ...counted, used: 0 }, undefined, -1).used).toBe(0)
    expect([...adjusted(countedAt({ ...row, unused: [[NOW + 1, 1]] }, NOW), NOW + 1, -1).unused]).toEqual([])
  })
  it('keeps few numbers: the ends of unused clients fall together', () => {
    const ends = new Set(Array.from({ length: 86_400 / 60 }, (_, minute) => unusedEnd(NOW + minute * 60, 86_400)))
    expect(ends.size).toBeLessThanOrEqual(25)
    for (const [at, end] of [...ends].entries()) expect(end).toBeGreaterThanOrEqual(NOW + 86_400 + at * 3_000)
    expect(unusedEnd(NOW, 1)).toBe(NOW + 1)
  })
})
