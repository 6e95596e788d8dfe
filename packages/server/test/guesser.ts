import type { Proven, Store } from '@latchkey/server'
import { ISSUER, type Issuer, testIssuer } from './issuer.ts'

/** Everybody has the same password, but nobody, who does not exist. */
const isRight = (username: string, password: string) => password === 'sesame' && username.toLowerCase() !== 'nobody'

export interface Guess {
  readonly username?: string
  readonly password?: string
  readonly address?: string | undefined
  /** The value of the browser cookie; none for a browser that has never been here. */
  readonly browser?: string
}

/** A server with a sign-in page, and the passwords that it has looked at. */
export interface SignInIssuer extends Issuer {
  readonly looked: string[]
  /** What comes of a guess: `wrong`, `proven`, or how long to wait. */
  guess(guess?: Guess): Promise<string>
}

/** A server whose page looks at passwords; several on one store see each other's guesses. */
export function signInIssuer(store?: Store, clock?: () => number): SignInIssuer {
  const issuer = testIssuer({ ...(store === undefined ? {} : { store }), ...(clock === undefined ? {} : { clock }) })
  const looked: string[] = []
  return {
    ...issuer,
    looked,
    async guess({ username = 'alice', password = 'wrong', address, browser } = {}) {
      const look = async () => {
        looked.push(username)
        await new Promise((hashed) => setTimeout(hashed))
        return isRight(username, password) ? username : undefined
      }
      const page = issuer.page('login', async (exchange) => new Response(told(await issuer.attempts.prove(exchange, username, look))))
      const headers: HeadersInit = browser === undefined ? {} : { cookie: `__Host-latchkey-browser=${browser}` }
      return (await page(new Request(`${ISSUER}/login`, { method: 'POST', headers }), { address })).text()
    },
  }
}

function told(proven: Proven<string>): string {
  return proven.kind === 'throttled' ? `wait ${proven.retryAfter}` : proven.kind
}

/** Browsers with a cookie of ours. */
export const LAPTOP = 'laptop'.padEnd(43, '0')
export const PHONE = 'phone'.padEnd(43, '0')
