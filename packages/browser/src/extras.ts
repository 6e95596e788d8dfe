import type { Application } from './application.ts'

/** Loads what DPoP and the worker need, unless it is there. */
export async function loadExtras({ name, options, party }: Application): Promise<void> {
  if (options.dpop === true) party.dpop ??= (await import('./dpop.ts')).openProofs(name)
  if (options.tokens === 'worker') (await import('./worker-fetch.ts')).fetchByWorker(party)
}
