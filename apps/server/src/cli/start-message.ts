import type { Finding } from '@latchkey/core'
import type { Configuration } from '../config/configuration.ts'
import { shownStore } from '../config/store-url.ts'
import { findingsText } from './report.ts'
import type { Paint } from './terminal.ts'

/** What a started server is. */
export interface Started {
  readonly configuration: Configuration
  readonly file: string | undefined
  readonly advice: readonly Finding[]
  /** Where it listens, as `host:port`. */
  readonly address: string
}

/** What a person reads when the server is up. */
export function startMessage({ configuration, file, advice, address }: Started, paint: Paint): string {
  const { issuer, store, isDemo, users } = configuration
  const demo = isDemo ? `  ${paint.yellow(paint.bold('THIS IS A DEMO.'))} ${paint.yellow('Its users, clients and secrets are public: never let others reach it.')}\n\n` : ''
  const signIn = isDemo ? line('Sign in', users.flatMap(({ username, password }) => (password === undefined ? [] : [`${username} / ${password}`])).join('   or   ')) : ''
  const hint = file === undefined ? `\n  ${paint.dim('Make a configuration of your own with')} latchkey init\n` : ''
  return `\n  ${paint.bold('Latchkey is up.')}\n\n${demo}${line('Issuer', paint.bold(issuer))}${line('Discovery', `${issuer}/.well-known/openid-configuration`)}${line('Listens on', address)}${line('Store', shownStore(store))}${line('Configured by', file ?? 'the built-in demo')}${signIn}${hint}${advice.length === 0 ? '' : `\n${findingsText(advice, 'yellow', paint)}`}\n`
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(15)}${value}\n`
}
