import type { Configuration } from '../config/configuration.ts'
import { hasFindings, loadConfiguration } from '../config/load.ts'
import type { Flags } from '../config/settings.ts'
import { operatorLog } from '../log.ts'
import type { Logger } from 'pino'
import { type Started, StartFailure, startServer } from '../start.ts'
import { shownStore } from '../config/store-url.ts'
import { counted, findingsText } from './report.ts'
import { startMessage } from './start-message.ts'
import { startWorkers } from './workers.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

/** Starts the server and serves until it is asked to stop: 0 after a clean stop, 1 when it could not start. */
export async function serve(flags: Flags, terminal: Terminal): Promise<ExitCode> {
  const paint = paintFor(terminal)
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  if (hasFindings(loaded)) {
    const { findings, file = 'the settings of the demo' } = loaded
    terminal.err(`${paint.red('Latchkey did not start:')} ${counted(findings.length, 'problem')} in ${file}\n\n${findingsText(findings, 'red', paint)}`)
    return 1
  }
  const { configuration, advice, file } = loaded
  const log = operatorLog(terminal)
  const { crew } = terminal
  try {
    if (crew?.isLed === true) return await serveLed(configuration, terminal, log)
    const running = crew === undefined || configuration.workers === 1 ? await startServer(configuration, log) : await startWorkers(configuration.workers, crew, log)
    if (terminal.isInteractive) terminal.out(startMessage({ configuration, file, advice, address: running.address }, paint))
    else {
      log.info({ issuer: configuration.issuer, store: shownStore(configuration.store), address: running.address, configuration: file ?? 'demo' }, 'listening')
      if (configuration.isDemo) log.warn('this is a demo: its users, clients and secrets are public')
      else for (const { severity, path, reason, remedy } of advice) log[severity === 'warning' ? 'warn' : 'info']({ path, reason, remedy }, `${severity} on the configuration`)
    }
    // Where there is nothing to read again, and for people whose terminal closes, the signal ends the process as ever.
    if (configuration.listen.tls !== undefined && !terminal.isInteractive) terminal.onReload(() => renew(running, log))
    await stopped(terminal.stop)
    log.info('stopping: requests that are under way are finished')
    await running.stop()
    log.info('stopped')
    return 0
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error
    terminal.err(`${paint.red('Latchkey did not start:')} ${error.message}\n`)
    return 1
  }
}

/** One of several processes: it says nothing of what the one that leads has said. */
async function serveLed(configuration: Configuration, terminal: Terminal, log: Logger): Promise<ExitCode> {
  const running = await startServer(configuration, log)
  if (configuration.listen.tls !== undefined) terminal.onReload(() => renew(running, log))
  await stopped(terminal.stop)
  await running.stop()
  return 0
}

function renew(running: Started, log: Logger): void {
  const findings = running.renew()
  if (findings.length === 0) log.info('the certificates were read again')
  for (const { path, reason, remedy } of findings) log.error({ path, reason, remedy }, 'the certificates stay as they were')
}

function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
}
