import { authError, isAuthError, type AuthError, type AuthPhase } from './auth-error.ts'

/** How requests leave and how much of an answer is awaited. */
export interface ExchangeOptions {
  readonly fetch: typeof fetch
  /** Seconds from request to the last byte of the answer. */
  readonly timeout: number
}

/** An answer, read to its end. */
export interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON, or `undefined` when the body is none. */
  readonly body: unknown
}

const LARGEST = 1_000_000

/**
 * Sends a request and reads its answer, bounded in time and to one megabyte; a redirect is refused, because credentials must not follow it.
 * Throws `network_error`, `timeout`, `aborted`, `redirect_refused` or `response_too_large`.
 */
export async function exchange(url: string, init: RequestInit, phase: AuthPhase, options: ExchangeOptions, caller?: AbortSignal): Promise<Answer> {
  const deadline = AbortSignal.timeout(options.timeout * 1000)
  const signal = caller === undefined ? deadline : AbortSignal.any([deadline, caller])
  try {
    const response = await until(signal, options.fetch(url, { ...init, redirect: 'manual', signal }))
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      void response.body?.cancel().catch(() => undefined)
      throw authError('redirect_refused', phase, { status: response.status })
    }
    const text = await readText(response, signal, phase)
    return { ok: response.ok, status: response.status, headers: response.headers, body: parseJson(text) }
  } catch (cause) {
    if (isAuthError(cause)) throw cause
    const code = caller?.aborted === true ? 'aborted' : deadline.aborted ? 'timeout' : 'network_error'
    throw authError(code, phase, { cause, retryable: code !== 'aborted', hint: code === 'network_error' ? 'is CORS allowed?' : undefined })
  }
}

/** The {@link AuthError} for an answer whose status is not the one that was hoped for. */
export function statusError(code: 'discovery_failed' | 'http_error', phase: AuthPhase, status: number, hint = `status ${status}`): AuthError {
  return authError(code, phase, { hint, status, retryable: status >= 500 || status === 429 })
}

/** Waits for work, or until a signal ends the waiting; the work goes on. */
export async function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop)
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject)
  })
}

/** Reads a body to its end, or until a signal ends the waiting. Throws `response_too_large` beyond one megabyte. */
export async function readText(response: Pick<Body, 'body'>, signal: AbortSignal, phase: AuthPhase): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  try {
    for (;;) {
      const { done, value } = await until(signal, reader.read())
      if (done) return text + decoder.decode()
      size += value.length
      if (size > LARGEST) throw authError('response_too_large', phase)
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

/** What a JSON text says, or `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
