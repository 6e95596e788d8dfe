import { authError, type AuthPhase, isAuthError, readText } from '@latchkey/client'

/** Seconds that a form may take to arrive. */
const FORM_TIMEOUT = 10

/** Reads the parameters that a browser or an issuer sent, bounded in size and time. Throws `response_malformed`. */
export async function readParameters(request: Request, isForm: boolean, phase: AuthPhase): Promise<URLSearchParams> {
  if (!isForm) return new URL(request.url).searchParams
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw authError('response_malformed', phase, { hint: 'a form was expected' })
  try {
    return new URLSearchParams(await readText(request, AbortSignal.any([request.signal, AbortSignal.timeout(FORM_TIMEOUT * 1000)]), phase))
  } catch (cause) {
    throw isAuthError(cause) ? cause : authError('response_malformed', phase, { cause })
  }
}
