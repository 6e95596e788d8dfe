import type { Seconds } from '@latchkey/core'

/** A request to another server. */
export interface OutboundRequest {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Until the whole answer is there; 3 unless told. */
  readonly timeout?: Seconds
  /** In bytes of the body; 256 KiB unless told. */
  readonly largest?: number
}

/** What another server answered, whatever its status. Redirects are answers like any other: they are not followed. */
export interface OutboundAnswer {
  readonly status: number
  readonly headers: Headers
  /** The body as text. */
  readonly body: string
  /** The body as it came, where the implementation knows it. */
  readonly bytes?: Uint8Array
}

/**
 * How this server calls others, at addresses that clients named: keys, request objects, sector identifiers, logouts, logos.
 * Rejects with {@link OutboundRefused} for an address that must not be called, and with any other error when there is no answer
 * within the bounds.
 */
export type Outbound = (url: string, request?: OutboundRequest) => Promise<OutboundAnswer>

/** The address must not be called: it is not https, or it leads into a private network. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused'
}
