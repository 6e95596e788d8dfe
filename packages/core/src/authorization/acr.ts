/** How strongly a client wants the user to have signed in. @spec OpenID Connect Core §2, §3.1.2.1, §5.5.1.1 */
export interface AcrWish {
  readonly values: readonly string[]
  /** Whether a sign-in that reaches none of them is refused. */
  readonly isEssential: boolean
}

/**
 * The wished value that a sign-in of this class reaches: its own, or one that is weaker in the order of the server, from weak to strong;
 * `undefined` when it reaches none.
 */
export function reachedAcr(acr: string | undefined, { values }: AcrWish, offered: readonly string[]): string | undefined {
  const level = acr === undefined ? -1 : offered.indexOf(acr)
  return values.find((value) => value === acr || (offered.includes(value) && offered.indexOf(value) <= level))
}

/** Whether a better sign-in than this one could reach a wished value. */
export function couldReach({ values }: AcrWish, offered: readonly string[]): boolean {
  return values.some((value) => offered.includes(value))
}
