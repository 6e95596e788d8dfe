import type { ClaimTrace, Facts, RefusalKey } from '@latchkey/core'

/** Something an operator may want to know. Never holds a secret, a code or a token. */
export type Event =
  | { readonly event: 'refused'; readonly trace: string; readonly at: number; readonly endpoint: string; readonly key: RefusalKey; readonly client_id?: string; readonly facts: Facts }
  | { readonly event: 'issued'; readonly trace: string; readonly at: number; readonly endpoint: string; readonly client_id: string; readonly issued: readonly string[]; readonly grant_type?: string; readonly sub?: string }
  /** What userinfo told of a user, claim by claim: which rule let it through or kept it back. */
  | { readonly event: 'told'; readonly trace: string; readonly at: number; readonly endpoint: string; readonly client_id: string; readonly sub: string; readonly claims: readonly ClaimTrace[] }
  | { readonly event: 'fault'; readonly trace: string; readonly at: number; readonly endpoint: string; readonly fault: unknown }

/** Where events go. It must not throw, and is not waited for. */
export type Events = (event: Event) => void
