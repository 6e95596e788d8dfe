import { asking, type Browser, browserFor, codeOf, type Page, returned } from '../../packages/server/test/browser.ts'
import type { Issuer } from '../../packages/server/test/issuer.ts'
import { isAlive, redeeming, SERVICE, tokenRequest, type Tokens } from '../../packages/server/test/tokens.ts'
import { pushed, pushedUrl } from '../../packages/server/test/requests.ts'
import { bringingAssertion } from './assertions.ts'
import { type Cluster, outcomeOf, type Redemption, refreshOf, REPEATABLE, SINGLE_USE } from './redemptions.ts'

/** What came of a race. */
export interface Result {
  /** How many callers won something. */
  readonly winners: number
  /** How many different things were won: tokens, or approvals behind the codes. */
  readonly prizes: number
  /** Every kind of refusal there was, as status and error. */
  readonly refusals: readonly string[]
  /** Whether what the winners hold is good afterwards, at every server, and can be used on. */
  readonly alive: boolean
}

/** Something that many want at once. */
export interface Contest {
  /** Lets this many callers start together, spread over the servers. */
  race(cluster: Cluster, callers: number): Promise<Result>
  /** What must come of it. */
  right(callers: number): Result
  /** Whether more came of it than may, as happens where nothing guards it. */
  isBroken(result: Result): boolean
}

type Race = Pick<Contest, 'race'>

const nodeOf = ({ nodes }: Cluster, caller: number): Issuer => nodes[caller % nodes.length] ?? nodes[0]

const atOnce = <T>(callers: number, act: (caller: number) => Promise<T>): Promise<readonly T[]> => Promise.all(Array.from({ length: callers }, (_, caller) => act(caller)))

async function areGood(cluster: Cluster, won: readonly Tokens[], redemption: Redemption): Promise<boolean> {
  const alive = await Promise.all(won.flatMap(({ access_token }) => cluster.nodes.map((node) => isAlive(node, access_token))))
  const next = won[0] === undefined ? 'nobody won' : await outcomeOf(await cluster.nodes[0].fetch(refreshOf(won[0], redemption)))
  return alive.every(Boolean) && typeof next !== 'string'
}

/** One redemption, sent by all. */
function redeemed(redemption: Redemption): Race {
  return {
    async race(cluster, callers) {
      const request = await redemption.obtain(cluster.nodes[0])
      const outcomes = await atOnce(callers, async (caller) => outcomeOf(await nodeOf(cluster, caller).fetch(request())))
      const won = outcomes.filter((outcome) => typeof outcome !== 'string')
      return {
        winners: won.length,
        prizes: new Set(won.map(({ refresh_token }) => refresh_token)).size,
        refusals: kinds(outcomes.filter((outcome) => typeof outcome === 'string')),
        alive: await areGood(cluster, won, redemption),
      }
    },
  }
}

/** One assertion, brought by all. */
const asserted: Race = {
  async race(cluster, callers) {
    const request = await bringingAssertion()
    const outcomes = await atOnce(callers, async (caller) => outcomeOf(await nodeOf(cluster, caller).fetch(request())))
    const won = outcomes.filter((outcome) => typeof outcome !== 'string')
    const active = await Promise.all(won.flatMap(({ access_token }) => cluster.nodes.map((node) => isActive(node, access_token))))
    return { winners: won.length, prizes: new Set(won.map(({ access_token }) => access_token)).size, refusals: kinds(outcomes.filter((outcome) => typeof outcome === 'string')), alive: won.length > 0 && active.every(Boolean) }
  },
}

async function isActive(issuer: Issuer, token: string): Promise<boolean> {
  const answer = await issuer.fetch(new Request(`${issuer.catalogue.issuer}/introspect`, { method: 'POST', body: new URLSearchParams({ token }), headers: SERVICE }))
  return ((await answer.json()) as { readonly active?: boolean }).active === true
}

/** One authorization request, which all finish with a yes. */
function allowed(arrive: (cluster: Cluster, browser: Browser, callers: number) => Promise<readonly { readonly browser: Browser; readonly page: Page }[]>): Race {
  return {
    async race(cluster, callers) {
      const signedIn = browserFor(cluster.nodes[0])
      await codeOf(signedIn)
      const tabs = await arrive(cluster, signedIn, callers)
      const before = authorizationsOf(cluster)
      const answers = await Promise.all(tabs.map(({ browser, page }) => browser.submit(page, { decision: 'allow' })))
      const codes = answers.flatMap((answer) => returned(answer).code ?? [])
      const approved = authorizationsOf(cluster) - before
      const won = await outcomeOf(await cluster.nodes[0].fetch(tokenRequest(redeeming(codes[0] ?? ''))))
      return {
        winners: codes.length,
        prizes: Math.max(approved, new Set(codes).size),
        refusals: kinds(answers.filter((answer) => returned(answer).code === undefined).map(({ status }) => `${status}`)),
        alive: typeof won !== 'string' && (await areGood(cluster, [won], REPEATABLE)),
      }
    },
  }
}

/** How many authorizations the servers have committed. */
const authorizationsOf = ({ nodes }: Cluster): number => nodes.reduce((sum, node) => sum + node.count('authorization'), 0)

const SCOPE = { scope: 'openid offline_access', prompt: 'consent' }

/** A pushed request, opened in a tab by each caller. */
const inManyTabs = allowed(async (cluster, signedIn, callers) => {
  const request_uri = await pushed(cluster.nodes[0], asking(SCOPE))
  return atOnce(callers, async (tab) => {
    const browser = sameBrowser(signedIn, browserFor(nodeOf(cluster, tab)))
    return { browser, page: await browser.open(pushedUrl(request_uri)) }
  })
})

/** One consent page, sent by each caller. */
const sentOften = allowed(async (cluster, signedIn, callers) => {
  const page = await signedIn.open(`${cluster.nodes[0].catalogue.issuer}/authorize?${new URLSearchParams(asking(SCOPE))}`)
  return Array.from({ length: callers }, (_, caller) => ({ browser: sameBrowser(signedIn, browserFor(nodeOf(cluster, caller))), page }))
})

function sameBrowser({ cookies }: Browser, other: Browser): Browser {
  for (const [name, value] of cookies) other.cookies.set(name, value)
  return other
}

const kinds = (refusals: readonly string[]): readonly string[] => [...new Set(refusals)].sort()

/** One wins, and all others are refused in one manner. */
function oneOf(refusal: string, race: Race): Contest {
  return { ...race, right: () => ({ winners: 1, prizes: 1, refusals: [refusal], alive: true }), isBroken: ({ winners, prizes }) => winners > 1 || prizes > 1 }
}

/** All are answered with the same. */
function sameForAll(race: Race): Contest {
  return { ...race, right: (callers) => ({ winners: callers, prizes: 1, refusals: [], alive: true }), isBroken: ({ prizes }) => prizes > 1 }
}

/** What one caller wins. */
export const ONE_WINNER: Readonly<Record<string, Contest>> = {
  ...Object.fromEntries(Object.entries(SINGLE_USE).map(([name, redemption]) => [name, oneOf('400 invalid_grant', redeemed(redemption))])),
  'an assertion': oneOf('401 invalid_client', asserted),
  'a pushed request (J06)': oneOf('400', inManyTabs),
}

const REPEATED = 'a refresh token that may be repeated'

/** What all are answered with the same for. */
export const ONE_PRIZE: Readonly<Record<string, Contest>> = {
  [REPEATED]: sameForAll(redeemed(REPEATABLE)),
  'a consent (A25)': sameForAll(sentOften),
}

/** What a store without conflicts breaks. What may be repeated has one successor by the way it is made. */
export const GUARDED: Readonly<Record<string, Contest>> = Object.fromEntries(Object.entries({ ...ONE_WINNER, ...ONE_PRIZE }).filter(([name]) => name !== REPEATED))
