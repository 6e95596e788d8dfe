import { type Client, LONGEST_REQUEST_OBJECT, refuse, type Refusal, type Seconds } from '@latchkey/core'
import type { Clock } from '../ports/clock.ts'
import { type Outbound, type OutboundAnswer, OutboundRefused } from '../ports/outbound.ts'

/** The request objects that clients publish. */
export interface RequestObjects {
  /** What is at an address that the client has registered, not yet verified. @spec OpenID Connect Core §6.2, RFC 9101 §6.1 */
  at(request_uri: string, client: Client): Promise<string | Refusal>
}

interface Kept {
  readonly text: Promise<string | Refusal>
  readonly until: number
}

const TIMEOUT: Seconds = 3
const KEPT: Seconds = 60
const MOST_KEPT = 500
const ACCEPT = 'application/oauth-authz-req+jwt, application/jwt;q=0.9, text/plain;q=0.5'

/**
 * Request objects fetched from where their clients publish them. One whose address has a fragment is kept for a minute, since a change of
 * it changes the fragment; any other is fetched anew. Requests for one address at the same time share one call.
 */
export function fetchedRequestObjects(outbound: Outbound, clock: Clock): RequestObjects {
  const kept = new Map<string, Kept>()

  function begin(request_uri: string, client: Client): Promise<string | Refusal> {
    const lasts = request_uri.includes('#')
    const text = fetched(request_uri, client, outbound).then((answer) => {
      if (!lasts || typeof answer !== 'string') kept.delete(request_uri)
      return answer
    })
    kept.set(request_uri, { text, until: clock() + KEPT })
    for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
    return text
  }

  return {
    at(request_uri, client) {
      const known = kept.get(request_uri)
      return known !== undefined && known.until > clock() ? known.text : begin(request_uri, client)
    },
  }
}

async function fetched(request_uri: string, { client_id }: Client, outbound: Outbound): Promise<string | Refusal> {
  const [address = ''] = request_uri.split('#')
  try {
    const answer = await outbound(address, { timeout: TIMEOUT, largest: LONGEST_REQUEST_OBJECT, headers: { accept: ACCEPT } })
    return isObject(answer) ? answer.body.trim() : refuse('request_uri_unanswered', { client_id, status: answer.status })
  } catch (fault) {
    return refuse('request_uri_unanswered', { client_id, refused: fault instanceof OutboundRefused })
  }
}

/** Servers name the type as they like; only a page is surely none. */
function isObject({ status, headers }: OutboundAnswer): boolean {
  return status === 200 && !/^text\/html\b/i.test(headers.get('content-type') ?? '')
}
