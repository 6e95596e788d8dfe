import { authError, callback, type RelyingParty, type TokenSet } from '@latchkey/client/parts'
import { claimTransaction, type Transaction } from './transactions.ts'

/** A response to a sign-in, found in the address of the page. */
export interface Arrival {
  readonly state: string
  readonly parameters: URLSearchParams
  readonly redirectUri: URL
}

/** What a sign-in brought. */
export interface Arrived extends Pick<Transaction, 'returnTo' | 'appState'> {
  readonly tokens: TokenSet
}

/** Finds the response in an address, if it is the redirect URI's and carries one. */
export function findArrival(address: URL, redirectUri: URL): Arrival | undefined {
  const { searchParams } = address
  const state = searchParams.get('state')
  const isHere = address.origin === redirectUri.origin && address.pathname === redirectUri.pathname
  return isHere && state !== null && (searchParams.has('code') || searchParams.has('error')) ? { state, parameters: searchParams, redirectUri } : undefined
}

const FLIGHTS = Symbol.for('@latchkey/browser arrivals')

/** The arrivals that this page is redeeming or has redeemed, also by an earlier copy of this module. */
function flights(): Map<string, Promise<Arrived | undefined>> {
  const page: typeof globalThis & { [FLIGHTS]?: Map<string, Promise<Arrived | undefined>> } = globalThis
  return page[FLIGHTS] ??= new Map()
}

/**
 * Redeems a response exactly once: whoever asks again on this page shares the outcome, and another tab gets `state_mismatch`.
 * `undefined` when the response is meant for another client on this page.
 */
export function receive(arrival: Arrival, party: RelyingParty): Promise<Arrived | undefined> {
  const name = `${party.issuer} ${party.clientId} ${arrival.state}`
  const flight = flights().get(name) ?? redeem(arrival, party)
  flights().set(name, flight)
  return flight
}

async function redeem({ state, parameters, redirectUri }: Arrival, party: RelyingParty): Promise<Arrived | undefined> {
  const transaction = await claimTransaction(state, party)
  if (transaction === 'foreign') return undefined
  // Neither a reload nor the back button shall bring the response again.
  if (new URL(location.href).searchParams.get('state') === state) history.replaceState(history.state, '', redirectUri)
  if (transaction === undefined) throw authError('state_mismatch', 'callback', { hint: 'used already, or of another browser' })
  const { pending, returnTo, appState } = transaction
  return { tokens: await callback(party, parameters, pending), returnTo, appState }
}
