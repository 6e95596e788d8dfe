import { type Client, clientSecretBasic, clientSecretPost, createClient, type TokenSet } from '@latchkey/client'
import { openLoopbackRedirect } from '@latchkey/node'
import { devicePrompt } from './device-prompt.ts'
import { visible } from './report.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'
import { tokenProblem } from './token-problem.ts'
import { findClientSecret } from './token-secret.ts'
import { tokenJson, tokenSummary } from './token-text.ts'

/** The grants that `token` knows. */
export const TOKEN_GRANTS = ['client_credentials', 'device', 'code'] as const
type TokenGrant = (typeof TOKEN_GRANTS)[number]

/** The ways to send a client secret that `token` knows. */
export const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'] as const

/** What the command line of `token` says. */
export interface TokenFlags {
  readonly grant?: TokenGrant | undefined
  readonly issuer?: string | undefined
  readonly client?: string | undefined
  readonly clientSecretFile?: string | undefined
  readonly authMethod?: (typeof SECRET_METHODS)[number] | undefined
  readonly scope?: string | undefined
  readonly resource?: readonly string[] | undefined
  readonly json?: boolean | undefined
}

interface Wish {
  readonly grant: TokenGrant | undefined
  readonly hasSecret: boolean
  readonly asked: { readonly scope?: string; readonly resource?: readonly string[]; readonly signal: AbortSignal }
}

/** Gets an access token and writes it to standard output, everything else to standard error: 0 with a token, 1 without, 2 when called wrongly. */
export async function token(flags: TokenFlags, terminal: Terminal): Promise<ExitCode> {
  const { env, cwd, stop } = terminal
  const issuer = flags.issuer ?? (env['LATCHKEY_ISSUER'] || 'http://localhost:4700')
  const clientId = flags.client ?? env['LATCHKEY_CLIENT'] ?? ''
  const found = findClientSecret(flags.clientSecretFile, env, cwd)
  if (found !== undefined && 'reason' in found) return wrongly(terminal, `${found.path} ${found.reason}. ${capitalised(found.remedy)}.`)
  if (clientId === '') return wrongly(terminal, 'Name the client with --client or LATCHKEY_CLIENT. The demo has service, tv and cli.')
  if (flags.grant === 'client_credentials' && found === undefined) return wrongly(terminal, 'client_credentials needs the secret of the client: name its file with --client-secret-file, or set LATCHKEY_CLIENT_SECRET.')
  const clientAuth = found && (flags.authMethod === 'client_secret_post' ? clientSecretPost : clientSecretBasic)(found.secret)
  const refusal: { trace?: string | undefined } = {}
  const asked = { signal: stop, ...(flags.scope === undefined ? {} : { scope: flags.scope }), ...(flags.resource === undefined ? {} : { resource: flags.resource }) }
  try {
    const client = createClient({ issuer, clientId, fetch: tracing(refusal), ...(clientAuth === undefined ? {} : { clientAuth }) })
    const tokens = await obtainTokens(client, { grant: flags.grant, hasSecret: found !== undefined, asked }, terminal)
    terminal.err(tokenSummary(tokens, paintForErr(terminal)))
    terminal.out(flags.json === true ? tokenJson(tokens) : `${tokens.accessToken.token}\n`)
    return 0
  } catch (error) {
    return failed(error, issuer, refusal.trace, flags, terminal)
  }
}

async function obtainTokens(client: Client, { grant, hasSecret, asked }: Wish, terminal: Terminal): Promise<TokenSet> {
  switch (grant ?? (hasSecret ? 'client_credentials' : await interactiveGrantOf(client, asked.signal))) {
    case 'client_credentials':
      return client.clientCredentials(asked)
    case 'device':
      return byDevice(client, asked, terminal)
    case 'code':
      return byCode(client, asked, terminal)
  }
}

async function interactiveGrantOf(client: Client, signal: AbortSignal): Promise<TokenGrant> {
  const { device_authorization_endpoint } = await client.discover(signal)
  return device_authorization_endpoint === undefined ? 'code' : 'device'
}

async function byDevice(client: Client, asked: Wish['asked'], terminal: Terminal): Promise<TokenSet> {
  const authorization = await client.device(asked)
  const isInteractive = terminal.isErrInteractive
  terminal.err(devicePrompt(authorization, { isInteractive, colours: isInteractive && (terminal.env['NO_COLOR'] ?? '') === '', paint: paintForErr(terminal) }))
  return authorization.poll()
}

async function byCode(client: Client, asked: Wish['asked'], terminal: Terminal): Promise<TokenSet> {
  const redirect = await openLoopbackRedirect()
  const paint = paintForErr(terminal)
  try {
    const { url, pending } = await client.authorizationUrl({ ...asked, redirectUri: redirect.redirectUri })
    terminal.err(`\n  Open in a browser on this machine\n\n  ${paint.bold(visible(url.href))}\n\n  ${paint.dim('Waiting for the answer. Ctrl-C ends it.')}\n\n`)
    return await client.callback(await redirect.arrival(pending.state, asked.signal), pending, { signal: asked.signal })
  } finally {
    redirect.close()
  }
}

// The client hides the answers it got, and the trace of a refusal is in a header.
function tracing(refusal: { trace?: string | undefined }): typeof fetch {
  return async (input, init) => {
    refusal.trace = undefined
    const response = await fetch(input, init)
    if (!response.ok) refusal.trace = response.headers.get('trace-id') ?? undefined
    return response
  }
}

function failed(thrown: unknown, issuer: string, trace: string | undefined, { json }: TokenFlags, terminal: Terminal): ExitCode {
  const problem = terminal.stop.aborted ? { text: 'Interrupted: no token was taken.', error: 'aborted' } : tokenProblem(thrown, issuer, trace)
  if (problem === undefined) throw thrown
  const { text, ...facts } = problem
  const paint = paintForErr(terminal)
  terminal.err(`${paint.red('No token.')} ${visible(text)}\n${facts.trace_id === undefined ? '' : `  ${paint.dim('Trace id:')} ${visible(facts.trace_id)}\n`}`)
  if (json === true) terminal.out(`${JSON.stringify(facts, null, 2)}\n`)
  return 1
}

function wrongly(terminal: Terminal, text: string): ExitCode {
  terminal.err(`${paintForErr(terminal).red('error:')} ${visible(text)}\n`)
  return 2
}

function paintForErr({ isErrInteractive, env }: Terminal) {
  return paintFor({ isInteractive: isErrInteractive, env })
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
