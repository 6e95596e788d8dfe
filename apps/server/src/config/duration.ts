import type { Seconds } from '@latchkey/core'
import * as z from 'zod'
import { saying } from './saying.ts'

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const LONGEST = 3_650 * UNITS.d

/** The seconds of a length of time such as `90d`, `12h`, `15m` or `30s`, or of a whole number; `undefined` for anything else and for more than ten years. */
export function parseDuration(written: string | number): Seconds | undefined {
  const [, amount, unit] = /^(\d{1,10})([smhd]?)$/.exec(String(written)) ?? []
  if (amount === undefined) return undefined
  const seconds = Number(amount) * UNITS[(unit === '' ? 's' : unit) as keyof typeof UNITS]
  return seconds <= LONGEST ? seconds : undefined
}

const WRONG = saying('is not a length of time', 'write a whole number of seconds, or a number with s, m, h or d such as 90d; at most ten years')

/** A length of time above zero, in seconds once it is read. */
export const duration = lengthOfTime(1)

/** A length of time that may be zero, in seconds once it is read. */
export const durationOrNone = lengthOfTime(0)

function lengthOfTime(least: 0 | 1) {
  return z.union([z.int({ error: WRONG }).min(least, { error: WRONG }), z.string({ error: WRONG }).regex(/^[0-9]{1,10}[smhd]$/, { error: WRONG })], { error: WRONG }).transform((written, context): Seconds => {
    const seconds = parseDuration(written)
    if (seconds !== undefined && seconds >= least) return seconds
    context.addIssue({ code: 'custom', message: WRONG })
    return z.NEVER
  })
}
