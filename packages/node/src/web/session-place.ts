import { AuthError } from '@latchkey/client'
import { createHash, randomBytes } from 'node:crypto'
import { cookieName, readCookies, writeCookie } from './cookies.ts'
import { createExclusion } from '../session/exclusion.ts'
import type { SessionPlace, SessionRecord } from '../session/session-record.ts'
import type { Sealer } from './sealing.ts'
import { fromStore, type SessionStore } from './session-store.ts'
import type { WebSettings } from './settings.ts'

/** Where the session of one browser is kept, as seen by one request. */
export interface BrowserPlace extends SessionPlace {
  /** The cookies that the response must set. */
  cookies(): readonly string[]
}

/** The places of all sessions. */
export interface SessionPlaces {
  /** Answers the place of a request's session. */
  of(request: Request): BrowserPlace
  /** Answers a new place, whose name nobody knew before. */
  fresh(request: Request): BrowserPlace
}

/** What session places are made of. */
export interface PlaceOptions {
  readonly settings: WebSettings
  readonly sealer: Sealer
  readonly issuer: string
  readonly clientId: string
}

const PURPOSE = 'latchkey-session'

/** Creates places in a store, found by a random name in a cookie; the store learns only the name's hash. */
export function storedSessions(store: SessionStore, options: PlaceOptions): SessionPlaces {
  const { settings, sealer } = options
  const { isSecure, cookie, now } = settings
  const name = cookieName(cookie, isSecure)
  const exclude = createExclusion()

  const place = (id: string, isFresh: boolean): BrowserPlace => {
    const key = `latchkey:session:${createHash('sha256').update(id).digest('base64url')}`
    let cookies: readonly string[] = []
    const tell = (value: string, maxAge: number) => {
      cookies = [writeCookie(name, value, maxAge, { isSecure, sameSite: 'Lax' })]
    }
    return {
      async read() {
        if (id === '') return undefined
        const sealed = await fromStore(() => store.get(key))
        const record = parseRecord(typeof sealed === 'string' ? await sealer.open(PURPOSE, sealed) : undefined, options)
        if (record === undefined) tell('', 0)
        return record
      },
      async write(record) {
        const ttl = record.expiresAt - now()
        if (ttl <= 0) return
        const sealed = await sealer.seal(PURPOSE, JSON.stringify(record))
        await fromStore(() => store.set(key, sealed, ttl))
        if (isFresh) tell(id, ttl)
      },
      adopt: async () => undefined,
      async remove() {
        if (id === '') return
        await fromStore(() => store.delete(key))
        tell('', 0)
      },
      lock: (work) => exclude(key, () => (store.lock === undefined ? work() : store.lock(`${key}:lock`, work))),
      cookies: () => cookies,
    }
  }
  return {
    of: (request) => place(readCookies(request).get(name) ?? '', false),
    fresh: () => place(randomBytes(32).toString('base64url'), true),
  }
}

/** Bytes of a cookie's value: browsers keep about 4096 of name, value and attributes together. */
const CHUNK = 3800
/** Cookies for one session; with more, many servers refuse the request for the size of its header. */
const MOST_CHUNKS = 3

/** Creates places in the browser itself: the whole session, encrypted, without its ID Token. */
export function cookieSessions(options: PlaceOptions): SessionPlaces {
  const { settings, sealer } = options
  const { isSecure, cookie, now } = settings
  const names = Array.from({ length: MOST_CHUNKS }, (_, index) => cookieName(index === 0 ? cookie : `${cookie}-${index + 1}`, isSecure))
  const exclude = createExclusion()

  const place = (request: Request): BrowserPlace => {
    const sent = readCookies(request)
    const sealedAtFirst = names.map((name) => sent.get(name) ?? '').join('')
    let current: string | undefined = sealedAtFirst
    let cookies: readonly string[] = []
    const tell = (sealed: string, maxAge: number) => {
      current = sealed
      const parts = names.map((name, index) => ({ name, value: sealed.slice(index * CHUNK, (index + 1) * CHUNK) }))
      const told = parts.filter(({ name, value }) => value !== '' || sent.has(name))
      cookies = told.map(({ name, value }) => writeCookie(name, value, value === '' ? 0 : maxAge, { isSecure, sameSite: 'Lax' }))
    }
    const write = async (record: SessionRecord) => {
      const { idToken: _, ...tokens } = record.tokens
      const sealed = await sealer.seal(PURPOSE, JSON.stringify({ ...record, tokens }))
      if (sealed.length > CHUNK * MOST_CHUNKS) throw tooLarge(sealed.length)
      tell(sealed, record.expiresAt - now())
    }
    return {
      async read() {
        if (current === undefined || current === '') return undefined
        const record = parseRecord(await sealer.open(PURPOSE, current), options)
        if (record === undefined) tell('', 0)
        return record
      },
      write,
      adopt: write,
      async remove() {
        if (sealedAtFirst !== '' || cookies.length > 0) tell('', 0)
      },
      lock: (work) => exclude(sealedAtFirst, work),
      cookies: () => cookies,
    }
  }
  return { of: place, fresh: place }
}

// Sealed text is our own, but may stem from another configuration: tokens never serve another issuer or client.
function parseRecord(text: string | undefined, { issuer, clientId, settings }: PlaceOptions): SessionRecord | undefined {
  if (text === undefined) return undefined
  const record: SessionRecord = JSON.parse(text)
  const isOwn = record.tokens.issuer === issuer && record.tokens.clientId === clientId
  return isOwn && settings.now() < record.expiresAt ? record : undefined
}

function tooLarge(size: number): AuthError {
  return new AuthError(`the session does not fit into cookies: ${size} bytes`, {
    code: 'storage_failed', phase: 'callback', hint: 'Keep sessions in a store (`session.store`), or ask for fewer claims and shorter tokens.',
  })
}
