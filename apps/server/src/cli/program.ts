import { SIGNING_ALGORITHMS } from '@latchkey/core'
import { Command, CommanderError, Option } from 'commander'
import type { Flags } from '../config/settings.ts'
import { check, type CheckFlags } from './check.ts'
import { clientInvite, type InviteFlags } from './client-invite.ts'
import { init } from './init.ts'
import { type KeysFlags, listSigningKeys, retireSigningKey, rotateSigningKeys } from './keys.ts'
import { migrate, type MigrateFlags } from './migrate.ts'
import { serve } from './serve.ts'
import type { ExitCode, Terminal } from './terminal.ts'
import { SECRET_METHODS, token, TOKEN_GRANTS, type TokenFlags } from './token.ts'

const EXIT_CODES = `
Exit codes:
  0  done
  1  refused, or failed
  2  called wrongly

Every flag of serve can be set in the environment: LATCHKEY_CONFIG, LATCHKEY_PORT, LATCHKEY_ISSUER, LATCHKEY_STORE, LATCHKEY_WORKERS.
Secrets come from LATCHKEY_ENCRYPTION_KEY, or from the file that LATCHKEY_ENCRYPTION_KEY_FILE names; LATCHKEY_STORE_FILE works alike.
LATCHKEY_LOG_LEVEL is one of silent, fatal, error, warn, info (the default) and debug.`

/** Runs the command that `argv` spells, without the names of node and script. Answers the exit code and never ends the process. */
export async function run(argv: readonly string[], terminal: Terminal, version: string): Promise<ExitCode> {
  let outcome: ExitCode = 0
  const program = programFor(terminal, version, (code) => void (outcome = code))
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return outcome
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
}

function programFor(terminal: Terminal, version: string, end: (code: ExitCode) => void): Command {
  const program = new Command('latchkey')
    .description('An OAuth 2.0 and OpenID Connect authorization server.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text), getOutHasColors: () => false, getErrHasColors: () => false })
    .showHelpAfterError('(latchkey --help tells how it is called)')
    .exitOverride()
  configured(program.command('serve').description('Start the server. Without a configuration file it is a demo.')).action(async (flags: Flags) => end(await serve(flags, terminal)))
  program
    .command('init')
    .description('Write a first configuration with fresh secrets into this folder.')
    .option('--json', 'write latchkey.config.json instead of the commented latchkey.config.yaml')
    .option('--force', 'replace a configuration that is there')
    .action((flags: { json?: boolean; force?: boolean }) => end(init(flags, terminal)))
  configured(program.command('check').description('Read the configuration, and say what is wrong with it and what could be better.'))
    .option('--json', 'write what was found as JSON')
    .option('--strict', 'end with 1 when there is advice, too')
    .action(async (flags: CheckFlags) => end(await check(flags, terminal)))
  keysCommands(program.command('keys').description('See and rotate the signing keys in the store, beside a server that runs on it.'), terminal, end)
  inviteOptions(program.command('client').description('Clients that register themselves.').command('invite').description('Make an initial access token, with which clients can be registered.')).action(async (flags: InviteFlags) => end(await clientInvite(flags, terminal)))
  program
    .command('migrate')
    .description('Bring the store to the format of this version, or to an earlier one. serve does it by itself at its start.')
    .option('-c, --config <file>', 'the configuration file that names the store')
    .option('--store <url>', 'the store: sqlite:PATH or postgres://HOST/DATABASE')
    .option('--to <format>', 'the format to bring it to; the newest unless told')
    .option('--json', 'write the outcome as JSON')
    .action(async (flags: MigrateFlags) => end(await migrate(flags, terminal)))
  tokenOptions(program.command('token').description('Get an access token, and write it to standard output.')).action(async (flags: TokenFlags) => end(await token(flags, terminal)))
  return program
}

const KEYS_HELP = `
Keys rotate by themselves, as keys.rotateAfter, keys.announceFor and keys.retireAfter of the configuration say. Running servers follow a change
within a minute.`

function keysCommands(keys: Command, terminal: Terminal, end: (code: ExitCode) => void): void {
  keys.addHelpText('after', KEYS_HELP)
  stored(keys.command('list').description('Say which keys there are, and what happens to each next.')).action(async (flags: KeysFlags) => end(await listSigningKeys(flags, terminal)))
  stored(keys.command('rotate').description('Announce a successor for each key that signs. It takes over when verifiers have had keys.announceFor to learn of it.'))
    .addOption(new Option('--alg <algorithm>', 'only the key of this algorithm').choices(SIGNING_ALGORITHMS))
    .option('--now', 'let the successor sign at once; verifiers that keep keys may not know it yet')
    .action(async (flags: KeysFlags) => end(await rotateSigningKeys(flags, terminal)))
  stored(keys.command('retire').description('End the signing of a key. Its successor takes over at once, and what it signed stays good.'))
    .argument('<kid>', 'the name of the key')
    .option('--compromised', 'delete the key at once: everything that it signed is refused from then on')
    .action(async (kid: string, flags: KeysFlags) => end(await retireSigningKey(kid, flags, terminal)))
}

function stored(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration file; latchkey.config.json, .yaml, .yml, .ts or .mjs in this folder unless told')
    .option('--store <url>', 'the store: sqlite:PATH')
    .option('--json', 'write the keys as JSON')
}

function inviteOptions(command: Command): Command {
  return command
    .option('--uses <number>', 'how many clients may be registered with it; 1 unless told')
    .option('--expires <time>', 'for how long it is good, such as 12h; 7d unless told')
    .addOption(new Option('--profile <profile>', 'the policy that its clients follow, instead of that of the configuration').choices(['oauth21', 'oidc']))
    .option('-s, --scope <names>', 'the scope names that its clients may have, instead of those of the configuration')
    .option('--json', 'write the token, its end and where to use it as JSON')
    .option('-c, --config <file>', 'the configuration file; latchkey.config.json, .yaml, .yml, .ts or .mjs in this folder unless told')
    .option('--store <url>', 'where data is kept: sqlite:PATH')
}

const TOKEN_HELP = `
The secret of a client comes from --client-secret-file, LATCHKEY_CLIENT_SECRET or LATCHKEY_CLIENT_SECRET_FILE.
For code, the client must be native with the redirect URI http://127.0.0.1/callback.

Examples, with the clients of the demo:
  latchkey token --client tv --scope "openid api" --resource https://api.example.com
  latchkey token --client cli --grant code
  latchkey token --client service --client-secret-file ./service.secret --scope api`

function tokenOptions(command: Command): Command {
  return command
    .addOption(new Option('-g, --grant <grant>', 'how to get it; client_credentials with a secret, otherwise device where the issuer offers it, and code where not').choices(TOKEN_GRANTS))
    .option('--issuer <url>', 'the issuer; LATCHKEY_ISSUER or http://localhost:4700 unless told')
    .option('--client <id>', 'the client_id; LATCHKEY_CLIENT unless told')
    .option('--client-secret-file <file>', 'the file that holds the secret of the client')
    .addOption(new Option('--auth-method <method>', 'how to send the secret; client_secret_basic unless told').choices(SECRET_METHODS))
    .option('-s, --scope <names>', 'scope names, separated by spaces; openid for device and code unless told')
    .option('-r, --resource <uri>', 'the API that the token is for; may be repeated', (uri: string, before: readonly string[] = []) => [...before, uri])
    .option('--json', 'write everything that was granted, or the error, as JSON')
    .addHelpText('after', TOKEN_HELP)
}

function configured(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration file; latchkey.config.json, .yaml, .yml, .ts or .mjs in this folder unless told')
    .option('-p, --port <number>', 'the port to listen on')
    .option('--issuer <url>', 'the URL of the server as clients see it')
    .option('--store <url>', 'where data is kept: sqlite:PATH, postgres://HOST/DATABASE or memory:')
    .option('--workers <number>', 'how many processes serve, on the same port and the same store; 1 unless told')
}
