import type { Application } from './application.ts'

const loading = new WeakMap<Application, Promise<void>>()

/** Loads what DPoP and the worker need, once unless it fails. */
export function loadExtras(application: Application): Promise<void> {
  const loaded = loading.get(application) ?? load(application).catch((error: unknown) => {
    loading.delete(application)
    throw error
  })
  loading.set(application, loaded)
  return loaded
}

async function load({ name, options, party }: Application): Promise<void> {
  if (options.dpop === true) party.dpop = (await import('./dpop.ts')).openProofs(name)
  if (options.tokens === 'worker') party.fetch = (await import('./worker-fetch.ts')).fetchByWorker(options, party.fetch)
}
