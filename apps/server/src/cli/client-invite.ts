import { inviteClients, type InvitationOptions } from '@latchkey/server'
import { parseDuration } from '../config/duration.ts'
import { hasFindings, loadConfiguration } from '../config/load.ts'
import type { Configuration } from '../config/configuration.ts'
import type { Flags } from '../config/settings.ts'
import { openStore } from '../open-store.ts'
import { counted, findingsText } from './report.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

/** What the flags of `client invite` say. */
export interface InviteFlags extends Flags {
  readonly uses?: string | undefined
  readonly expires?: string | undefined
  readonly profile?: 'oauth21' | 'oidc' | undefined
  readonly scope?: string | undefined
  readonly json?: boolean | undefined
}

/** Makes an initial access token, and writes it to standard output: 0 when it is kept in the store, 1 when it could not be made. */
export async function clientInvite(flags: InviteFlags, terminal: Terminal): Promise<ExitCode> {
  const paint = paintFor(terminal)
  const refused = (text: string): ExitCode => {
    terminal.err(`${paint.red('Refused:')} ${text}\n`)
    return 1
  }
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  if (hasFindings(loaded)) {
    terminal.err(`${paint.red(counted(loaded.findings.length, 'problem'))} in ${loaded.file ?? 'the settings of the demo'}\n\n${findingsText(loaded.findings, 'red', paint)}`)
    return 1
  }
  const { configuration } = loaded
  const invitation = invitationOf(flags, configuration)
  if (typeof invitation === 'string') return refused(invitation)
  const made = await kept(invitation, configuration)
  if (typeof made === 'string') return refused(made)
  const { initial_access_token, expiresAt } = made
  const expires = new Date(expiresAt * 1_000).toISOString()
  if (flags.json === true) terminal.out(`${JSON.stringify({ initial_access_token, expires, registration_endpoint: `${configuration.issuer}/register` }, null, 2)}\n`)
  else terminal.out(`${initial_access_token}\n`)
  if (terminal.isErrInteractive) terminal.err(`Good for ${counted(invitation.uses ?? 1, 'client')} at ${configuration.issuer}/register until ${expires}. It is not shown again.\n`)
  return 0
}

function invitationOf({ uses = '1', expires = '7d', profile, scope }: InviteFlags, { registration, store }: Configuration): InvitationOptions | string {
  if (registration === undefined) return 'nobody may register clients here. Add registration to the configuration, with access "initial access token".'
  if (store.kind === 'memory') return 'the store is memory:, which another process does not see.'
  const lifetime = parseDuration(expires)
  if (!/^[1-9]\d{0,5}$/.test(uses)) return '--uses is no number from 1 to 999999.'
  if (lifetime === undefined || lifetime === 0) return '--expires is no length of time such as 7d, 12h or 30m.'
  const names = scope?.split(' ').filter((name) => name !== '')
  return { uses: Number(uses), lifetime, ...(profile === undefined ? {} : { profile }), ...(names === undefined ? {} : { scope: names }) }
}

async function kept(invitation: InvitationOptions, configuration: Configuration): Promise<Awaited<ReturnType<typeof inviteClients>> | string> {
  try {
    const store = await openStore(configuration.store)
    try {
      return await inviteClients(invitation, { store })
    } finally {
      await store.close()
    }
  } catch (error) {
    return `the token could not be kept: ${error instanceof Error ? error.message : String(error)}`
  }
}
