import type { Outbound } from '@latchkey/server'
import { imageTypeOf } from './image-type.ts'

/** The logo of a client, as its own server gave it out. */
export interface Logo {
  readonly type: string
  readonly bytes: Uint8Array
}

/** What {@link fetchedLogos} needs. */
export interface LogoParts {
  readonly outbound: Outbound
  /** In milliseconds since 1970. */
  readonly now: () => number
  /** Hears why a logo was not to be had. */
  readonly missed: (logo_uri: string, error: unknown) => void
}

/** In bytes. With {@link MOST_KEPT} it bounds what the logos take of the memory. */
const LARGEST = 262_144
const MOST_KEPT = 64
const MOST_AT_ONCE = 8
const KEPT_FOR = 3_600_000
const MISSED_FOR = 60_000

interface Kept {
  readonly logo: Promise<Logo | undefined>
  until: number
}

/** The logos of clients, each fetched once an hour at most, and once a minute while it is not to be had. */
export function fetchedLogos({ outbound, now, missed }: LogoParts): (logo_uri: string) => Promise<Logo | undefined> {
  const kept = new Map<string, Kept>()
  let underWay = 0
  const fetched = async (logo_uri: string): Promise<Logo | undefined> => {
    underWay++
    try {
      return logoIn(await outbound(logo_uri, { largest: LARGEST, headers: { accept: 'image/png, image/jpeg, image/webp, image/gif' } }))
    } catch (error) {
      missed(logo_uri, error)
      return undefined
    } finally {
      underWay--
    }
  }
  return async (logo_uri) => {
    const known = kept.get(logo_uri)
    if (known !== undefined && known.until > now()) return known.logo
    // Clients name these addresses, so that they must not make this server call as often as they like.
    if (underWay >= MOST_AT_ONCE) return undefined
    const entry: Kept = { logo: fetched(logo_uri), until: Number.POSITIVE_INFINITY }
    kept.delete(logo_uri)
    kept.set(logo_uri, entry)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    const logo = await entry.logo
    entry.until = now() + (logo === undefined ? MISSED_FOR : KEPT_FOR)
    return logo
  }
}

function logoIn({ status, bytes }: Awaited<ReturnType<Outbound>>): Logo {
  const type = bytes === undefined ? undefined : imageTypeOf(bytes)
  if (status !== 200) throw new Error(`answered ${status}`)
  if (bytes === undefined || type === undefined) throw new Error('no PNG, JPEG, GIF or WebP image')
  return { type, bytes }
}
