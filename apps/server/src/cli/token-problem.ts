import { isAuthError } from '@latchkey/client'

/** Why there is no token, for people and for programs. */
export interface TokenProblem {
  /** The sentence that people read. */
  readonly text: string
  /** The issuer's error by its registered name, or the client's own word for what happened. */
  readonly error: string
  readonly error_description?: string
  /** By which the operator of the issuer finds the refusal. */
  readonly trace_id?: string
}

/** What to say about an error of the client; `undefined` for one that is none of its errors. */
export function tokenProblem(thrown: unknown, issuer: string, trace: string | undefined): TokenProblem | undefined {
  if (!isAuthError(thrown)) return undefined
  const { code, oauth, status, hint } = thrown
  const traced = trace === undefined || (oauth === undefined && status === undefined) ? {} : { trace_id: trace }
  if (oauth === undefined) return { text: sentenceFor(code, hint, thrown.message, issuer), error: code, ...traced }
  const { error, description } = oauth
  const said = `${issuer} refused with ${error}${description === undefined ? '' : `: ${description.replace(/\.$/, '')}`}.`
  return { text: REFUSALS[error] ?? said, error, ...(description === undefined ? {} : { error_description: description }), ...traced }
}

const REFUSALS: Readonly<Record<string, string>> = {
  access_denied: 'The request was refused by the user.',
  expired_token: 'The code has expired. Run the command again for a new one.',
}

function sentenceFor(code: string, hint: string | undefined, message: string, issuer: string): string {
  switch (code) {
    case 'aborted':
      return 'Interrupted: no token was taken.'
    case 'network_error':
      return `${issuer} cannot be reached. Is it running, and is --issuer right?`
    case 'timeout':
      return `${issuer} did not answer in time.`
    case 'expired_token':
      return 'Nobody entered the code in time. Run the command again for a new one.'
    case 'endpoint_missing':
      return `${issuer} does not offer this grant: its metadata has no ${hint ?? 'such endpoint'}.`
    case 'discovery_failed':
      return `${issuer} is no issuer that can be used: ${hint ?? message}.`
    case 'invalid_configuration':
      return hint === 'issuer' ? `The issuer must be a URL such as https://login.example.com, and ${issuer} is none.` : `No token from ${issuer}: ${message}.`
    case 'insecure_issuer':
      return `${issuer} is plain http to another machine, so that the token could be read on the way. Use https.`
    default:
      return `No token from ${issuer}: ${message}.`
  }
}
