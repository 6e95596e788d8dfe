/** Something in the configuration that can not stand: where, why, and what to do. */
export interface Finding {
  readonly path: string
  readonly reason: string
  readonly remedy: string
}

/** The finding, if it holds. */
export function when(isWrong: boolean, path: string, reason: string, remedy: string): readonly Finding[] {
  return isWrong ? [{ path, reason, remedy }] : []
}
