/** A user as the protocol sees one. */
export interface Account {
  /** Never reassigned; at most 255 ASCII characters. @spec OpenID Connect Core §2 */
  readonly sub: string
  /** Whether the user may sign in and keep what was issued. */
  readonly active: boolean
  /** Claims by their registered names, such as `name` and `email_verified`. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The clients that the user may use, by their `client_id`; all when absent. */
  readonly clients?: readonly string[]
}

/** Whether the user may use this client. */
export function mayUse({ clients }: Account, client_id: string): boolean {
  return clients === undefined || clients.includes(client_id)
}
