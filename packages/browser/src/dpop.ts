import { createDpop, createDpopKey, type Dpop, type DpopKey, type ProvenAnswer } from '@latchkey/client/dpop'

/** Sends a request with its token. `again` says whether its body can be sent twice. */
export type Carry = (request: Request, accessToken: string, send: (request: Request) => Promise<Response>, again: boolean) => Promise<Response>

/** Proofs by the key of this browser, for the issuer and for resource servers. */
export interface Proofs extends Dpop {
  readonly carry: Carry
}

/** Proofs by the key that this browser keeps under a name, dated by the clock of the servers where they tell it. */
export function openProofs(name: string): Proofs {
  let skew = 0
  const now = (): number => Math.round(Date.now() / 1000 + skew)
  const dpop = createDpop({ key: () => keyOf(name), now })
  const learn = <T extends ProvenAnswer>(answer: T): T => {
    const told = Date.parse(answer.headers.get('date') ?? '')
    if (!Number.isNaN(told)) skew = (told - Date.now()) / 1000
    return answer
  }
  const send: Proofs['send'] = (request, sendOne, again) => dpop.send(request, async proof => learn(await sendOne(proof)), again)
  return {
    ...dpop,
    send,
    carry: (request, accessToken, sendOne, again) => send({ method: request.method, url: request.url, accessToken }, proof => {
      const one = again ? request.clone() : request
      one.headers.set('authorization', `DPoP ${accessToken}`)
      one.headers.set('dpop', proof)
      return sendOne(one)
    }, again),
  }
}

const STORE = 'keys'

/** The key kept under a name, made if there is none. It cannot be taken out of the browser, only used there. */
async function keyOf(name: string): Promise<DpopKey> {
  const database = await openDatabase()
  try {
    const keys = (mode: IDBTransactionMode): IDBObjectStore => database.transaction(STORE, mode).objectStore(STORE)
    const kept: DpopKey | undefined = await answer(keys('readonly').get(name))
    if (kept !== undefined) return kept
    const made = await createDpopKey()
    const store = keys('readwrite')
    // Two tabs may have made one; both use the one that was there first.
    const first: DpopKey | undefined = await answer(store.get(name))
    if (first !== undefined) return first
    await answer(store.put(made, name))
    return made
  } finally {
    database.close()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('latchkey', 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE)
  return answer(request)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
  })
}
