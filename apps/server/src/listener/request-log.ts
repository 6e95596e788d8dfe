import type { Events } from '@latchkey/server'
import type { Logger } from 'pino'
import { eventsTo } from '../log.ts'

/** A request that has been answered, for its line in the log. It names no query, no header and no body: they hold secrets. */
export interface Answered {
  readonly trace: string
  readonly method: string
  readonly path: string
  readonly status: number
  /** In milliseconds. */
  readonly took: number
  readonly address: string | undefined
}

/** The log of requests: a line for each, with the client that the events of the authorization server name. */
export interface RequestLog {
  readonly events: Events
  begin(trace: string): void
  end(answered: Answered): void
}

const LONGEST_PATH = 200
/** What programs ask for all the time, and browsers beside each page. */
const QUIET = /^\/(?:healthz$|readyz$|assets\/)/

/** Writes the lines of requests, and the events beside them, to a log. */
export function requestLog(log: Logger): RequestLog {
  const written = eventsTo(log)
  const underWay = new Map<string, string | undefined>()
  return {
    events(event) {
      if (event.event !== 'fault' && event.client_id !== undefined && underWay.has(event.trace)) underWay.set(event.trace, event.client_id)
      written(event)
    },
    begin: (trace) => void underWay.set(trace, undefined),
    end({ trace, method, path, status, took, address }) {
      const client_id = underWay.get(trace)
      underWay.delete(trace)
      const level = QUIET.test(path) ? 'debug' : 'info'
      log[level]({ trace, method: method.slice(0, 20), path: path.slice(0, LONGEST_PATH), status, ms: Math.round(took * 10) / 10, client_id, address }, 'request')
    },
  }
}
