import { isAuthError, type CliAuth, type DevicePrompt } from '@latchkey/node'

/** What ends the program, and how its caller can tell. */
export const EXIT = { signedIn: 0, failed: 1, denied: 2, expired: 3, interrupted: 130 } as const

/** Where the program speaks to its user. */
export interface Terminal {
  /** Writes lines of what was asked for. */
  readonly say: (text: string) => void
  /** Writes lines about what went wrong. */
  readonly complain: (text: string) => void
  /** Colours can be seen. */
  readonly colours: boolean
}

/** Signs somebody in by their phone, and answers the exit code. */
export async function signIn(auth: CliAuth, issuer: string, terminal: Terminal, signal: AbortSignal, sleep?: (seconds: number) => Promise<void>): Promise<number> {
  const { say, complain } = terminal
  try {
    const session = await auth.login({ mode: 'device', signal, onDevice: prompt => show(prompt, terminal), ...(sleep && { sleep }) })
    // Issuers may leave name and email out of an ID Token that comes with an access token.
    const claims: Readonly<Record<string, unknown>> = { ...session.claims, ...(await session.userinfo()) }
    say(`Signed in as ${printable(claims['name'] ?? claims['sub'])}.\n`)
    for (const [name, value] of Object.entries(claims)) say(`  ${printable(name).padEnd(20)} ${printable(value)}`)
    return EXIT.signedIn
  } catch (error) {
    const [code, text] = explain(error, issuer)
    complain(text)
    return code
  }
}

function show({ userCode, verificationUri, verificationUriComplete, expiresAt, qr }: DevicePrompt, { say, colours }: Terminal): void {
  if (verificationUriComplete !== undefined) say(`\n${qr({ colours })}\n`)
  say(`To sign in, ${verificationUriComplete === undefined ? '' : 'scan the code above, or '}open\n\n  ${verificationUri}\n\nand enter the code\n\n  ${userCode}\n`)
  say(`Waiting until ${new Date(expiresAt * 1000).toLocaleTimeString()}. Ctrl-C ends it.\n`)
}

function explain(error: unknown, issuer: string): readonly [code: number, text: string] {
  if (isAuthError(error, 'aborted')) return [EXIT.interrupted, 'Interrupted. Nobody was signed in.']
  if (isAuthError(error, 'access_denied')) return [EXIT.denied, 'The sign-in was refused on the other device.']
  if (isAuthError(error, 'expired_token')) return [EXIT.expired, 'The code has expired. Start again for a new one.']
  if (isAuthError(error, 'network_error', 'timeout')) return [EXIT.failed, `${issuer} cannot be reached. Is it running?`]
  if (isAuthError(error, 'endpoint_missing')) return [EXIT.failed, `${issuer} does not sign in devices, or does not say who signed in.`]
  return [EXIT.failed, isAuthError(error) ? `No sign-in with ${issuer}: ${error.message}.` : 'The sign-in failed.']
}

/** Text from the issuer without the characters that a terminal would obey. */
function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? ''
  return text.replace(/\p{C}/gu, ' ')
}
