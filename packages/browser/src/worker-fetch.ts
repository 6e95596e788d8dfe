import type { Party } from './application.ts'
import type { Answered, Asked } from './worker-words.ts'

const parties = new WeakSet<Party>()

/** Sends a party's requests by way of a worker, which keeps refresh tokens to itself and knows the issuer's endpoints. */
export function fetchByWorker(party: Party): void {
  if (parties.has(party)) return
  parties.add(party)
  party.fetch = workerFetch(party, party.fetch)
}

function workerFetch({ issuer, allowInsecureIssuer }: Party, direct: typeof fetch): typeof fetch {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'latchkey' })
  const waiting = new Map<number, (answered: Answered) => void>()
  let asked = 0
  let isBroken = false
  worker.addEventListener('message', ({ data }: MessageEvent<Answered>) => waiting.get(data.id)?.(data))
  worker.addEventListener('error', () => {
    isBroken = true
    for (const [id, settle] of waiting) settle({ id, failure: 'the worker does not run' })
  })
  return async (input, init) => {
    const request = new Request(input, init)
    if (request.method !== 'POST') return direct(request)
    if (isBroken) throw new TypeError('the worker does not run')
    const id = asked++
    const answered = new Promise<Answered>(resolve => waiting.set(id, resolve)).finally(() => waiting.delete(id))
    worker.postMessage({ id, issuer, allowInsecureIssuer, url: request.url, headers: [...request.headers], body: await request.text() } satisfies Asked)
    const { failure, body = '', ...told } = await answered
    if (failure !== undefined) throw new TypeError(failure)
    return new Response(body, told)
  }
}
