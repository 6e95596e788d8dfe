const BETWEEN = '\u0000'

/** The message of a schema that holds both what is wrong and what to write instead. */
export function saying(reason: string, remedy: string): string {
  return reason + BETWEEN + remedy
}

/** The reason and the remedy of a message made by {@link saying}, `undefined` for any other message. */
export function said(message: string): { readonly reason: string; readonly remedy: string } | undefined {
  const [reason, remedy] = message.split(BETWEEN)
  return reason === undefined || remedy === undefined ? undefined : { reason, remedy }
}
