import { Writable } from 'node:stream'
import { refusalRule } from '@latchkey/core'
import type { Event, Events } from '@latchkey/server'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'
import type { Terminal } from './cli/terminal.ts'

const LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug']

/** The log of a server: JSON lines for programs, readable lines for people. */
export function operatorLog({ env, isInteractive, out }: Pick<Terminal, 'env' | 'isInteractive' | 'out'>): Logger {
  const wanted = env['LATCHKEY_LOG_LEVEL'] ?? ''
  const level = LEVELS.includes(wanted) ? wanted : 'info'
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime }
  const destination = { write: out }
  if (!isInteractive) return pino(options, destination)
  const screen = new Writable({ write: (chunk, _encoding, done) => (out(String(chunk)), done()) })
  const lines = pretty({ colorize: (env['NO_COLOR'] ?? '') === '', translateTime: 'SYS:HH:MM:ss', singleLine: true, destination: screen })
  return pino(options, lines)
}

/** Writes the events of an authorization server to a log: one line for each refusal, and faults with what caused them. */
export function eventsTo(log: Logger): Events {
  return (event) => {
    switch (event.event) {
      case 'refused':
        return writeRefusal(log, event)
      case 'fault':
        return log.error({ trace: event.trace, endpoint: event.endpoint, err: event.fault }, 'fault')
      case 'told':
        return log.debug({ trace: event.trace, endpoint: event.endpoint, client_id: event.client_id, claims: event.claims }, 'told')
      case 'issued':
        return log.debug({ trace: event.trace, endpoint: event.endpoint, client_id: event.client_id, grant_type: event.grant_type, issued: event.issued }, 'issued')
    }
  }
}

function writeRefusal(log: Logger, { trace, endpoint, key, client_id, facts }: Extract<Event, { event: 'refused' }>): void {
  const { status, rule } = refusalRule(key)
  log[status >= 500 ? 'error' : 'info']({ trace, key, endpoint, client_id, facts }, rule)
}
