/** What both servers are configured with: the same client, secret, API, scope and lifetimes. */
export const CLIENT_ID = 'bench'
export const CLIENT_SECRET = 'a-secret-for-the-benchmark-only-00001'
export const RESOURCE = 'https://api.example.com'
export const API_SCOPE = 'api'
export const REDIRECT_URI = 'https://rp.example/callback'
export const USER = 'alice'
/** Seconds. A code lives shortly, so that neither server piles up what nobody redeems. */
export const CODE_LIFETIME = 10
export const TOKEN_LIFETIME = 3_600

/** The signature algorithm of every JWT in a run. */
export type Algorithm = 'ES256' | 'RS256'

/** What a server process is asked to be. */
export interface ServerSetting {
  readonly alg: Algorithm
  readonly format: 'jwt' | 'opaque'
  /** `memory`, the URL of a PostgreSQL database, or the path of a SQLite file. */
  readonly store: string
}

/** The setting that the parent process passed on the command line. */
export function settingOf(argv: readonly string[]): ServerSetting {
  const [, , text] = argv
  if (text === undefined) throw new Error('started without a setting')
  return JSON.parse(text) as ServerSetting
}

/** Milliseconds for which servers keep connections that rest while others have their turn. */
export const KEEP_ALIVE = 600_000

/** Tells the parent process on which port this one listens. */
export function announce(port: number): void {
  process.send?.({ port })
  process.on('disconnect', () => process.exit(0))
}
