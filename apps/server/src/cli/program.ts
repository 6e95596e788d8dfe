import { Command, CommanderError } from 'commander'
import type { Flags } from '../config/settings.ts'
import { check } from './check.ts'
import { init } from './init.ts'
import { serve } from './serve.ts'
import type { ExitCode, Terminal } from './terminal.ts'

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
    .action(async (flags: Flags & { json?: boolean }) => end(await check(flags, terminal)))
  return program
}

function configured(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration file; latchkey.config.json, .yaml, .yml, .ts or .mjs in this folder unless told')
    .option('-p, --port <number>', 'the port to listen on')
    .option('--issuer <url>', 'the URL of the server as clients see it')
    .option('--store <url>', 'where data is kept: sqlite:PATH or memory:')
    .option('--workers <number>', 'how many processes serve; only 1 for now')
}
