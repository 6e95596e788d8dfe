/** A key that access tokens are bound to; the private half never leaves the platform. */
export type DpopKey = Pick<CryptoKeyPair, 'privateKey' | 'publicKey'>

/** The request that a proof is for. */
export interface ProvenRequest {
  readonly method: string
  readonly url: string
  /** The token that the proof goes with; none at the issuer's own endpoints. */
  readonly accessToken?: string
}

/** An answer to a request with a proof: as it came from a resource server, or read to its end when it came from the issuer. */
export interface ProvenAnswer {
  readonly headers: Headers
  readonly body: unknown
}

/** Proofs of one key, and the nonces that servers want to see in them. */
export interface Dpop {
  /** The key, made when it is first needed unless it was given. */
  readonly key: () => Promise<DpopKey>
  /** What tokens are bound to by `cnf.jkt`. */
  readonly thumbprint: () => Promise<string>
  /** A proof for one request, with the nonce that its server wanted last. */
  readonly proof: (request: ProvenRequest) => Promise<string>
  /**
   * Sends a request with a proof, and once more when the answer asks for a nonce other than the one that was sent.
   * `again` says whether the body can be sent twice.
   */
  readonly send: <T extends ProvenAnswer>(request: ProvenRequest, send: (proof: string) => Promise<T>, again?: boolean) => Promise<T>
}

/** How proofs are made. */
export interface DpopOptions {
  /** The key, or where to find it; without it one is made that lives as long as this object. */
  readonly key?: DpopKey | (() => Promise<DpopKey>)
  /** Seconds since the epoch. */
  readonly now?: () => number
}

/** Makes an ECDSA key for P-256 whose private half cannot be taken out. */
export function createDpopKey(): Promise<DpopKey> {
  return crypto.subtle.generateKey(ES256, false, ['sign', 'verify'])
}

/** The thumbprint that tokens are bound to by `cnf.jkt`, and that `dpop_jkt` announces. @spec RFC 7638 §3, RFC 9449 §10 */
export async function dpopThumbprint({ publicKey }: DpopKey): Promise<string> {
  return hash(JSON.stringify(await jwkOf(publicKey)))
}

/** Makes one proof. @spec RFC 9449 §4.2 */
export async function dpopProof({ privateKey, publicKey }: DpopKey, { method, url, accessToken }: ProvenRequest, iat: number, nonce?: string): Promise<string> {
  const { alg, ...algorithm } = algorithmOf(privateKey)
  const { origin, pathname } = new URL(url)
  const header = { typ: 'dpop+jwt', alg, jwk: await jwkOf(publicKey) }
  const payload = { jti: encode(crypto.getRandomValues(new Uint8Array(16))), htm: method, htu: origin + pathname, iat, ath: accessToken && await hash(accessToken), nonce }
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, bytes(input))))}`
}

/** Servers whose nonce is remembered. */
const MOST_NONCES = 100

/** Makes proofs of one key. Nonces are kept for each origin, and apart for issuers and resource servers that share one. @spec RFC 9449 §8, §9 */
export function createDpop({ key: given = createDpopKey, now = () => Math.floor(Date.now() / 1000) }: DpopOptions = {}): Dpop {
  const nonces = new Map<string, string>()
  let found: Promise<DpopKey> | undefined
  // A key that could not be had is asked for again by whoever needs it next.
  const key = (): Promise<DpopKey> => found ??= Promise.resolve(typeof given === 'function' ? given() : given).catch((error: unknown) => {
    found = undefined
    throw error
  })
  const prove = async (request: ProvenRequest, nonce: string | undefined): Promise<string> => dpopProof(await key(), request, now(), nonce)

  return {
    key,
    thumbprint: async () => dpopThumbprint(await key()),
    proof: request => prove(request, nonces.get(placeOf(request))),
    async send(request, send, again = true) {
      const place = placeOf(request)
      const learn = (answer: ProvenAnswer): string | undefined => {
        const nonce = answer.headers.get('dpop-nonce') ?? undefined
        if (nonce === undefined || !NONCE.test(nonce)) return undefined
        nonces.delete(place)
        nonces.set(place, nonce)
        for (const [oldest] of nonces) if (nonces.size > MOST_NONCES) nonces.delete(oldest)
        return nonce
      }
      const sent = nonces.get(place)
      const answer = await send(await prove(request, sent))
      const wanted = learn(answer)
      if (!again || wanted === undefined || wanted === sent || !asksForNonce(answer)) return answer
      if (answer.body instanceof ReadableStream) void answer.body.cancel().catch(() => undefined)
      const second = await send(await prove(request, wanted))
      learn(second)
      return second
    },
  }
}

const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,1000}$/
const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

/** Tells whether a request is refused for the nonce in its proof alone. @spec RFC 9449 §8, §9 */
function asksForNonce({ headers, body }: ProvenAnswer): boolean {
  return (typeof body === 'object' && body !== null && 'error' in body && body.error === 'use_dpop_nonce') || /\bDPoP\b.*\berror="use_dpop_nonce"/i.test(headers.get('www-authenticate') ?? '')
}

function placeOf({ url, accessToken }: ProvenRequest): string {
  return `${accessToken === undefined ? 'issuer' : 'resource'} ${new URL(url).origin}`
}

function algorithmOf({ algorithm: { name } }: CryptoKey): { readonly alg: string; readonly name: string; readonly hash?: string; readonly saltLength?: number } {
  if (name === 'Ed25519') return { alg: name, name }
  return name === 'RSA-PSS' ? { alg: 'PS256', name, saltLength: 32 } : { alg: 'ES256', name: 'ECDSA', hash: 'SHA-256' }
}

/** The members that make the key, in the order of its thumbprint. @spec RFC 7638 §3.2 */
async function jwkOf(publicKey: CryptoKey): Promise<JsonWebKey> {
  const { crv, e, kty, n, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  return JSON.parse(JSON.stringify({ crv, e, kty, n, x, y }))
}

function part(value: object): string {
  return encode(bytes(JSON.stringify(value)))
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

async function hash(text: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(text))))
}

// Not the one beside the token hashes, or a page would load a file of its own for the one line that the two modules have in common.
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
