import type { Instant } from '@latchkey/core'

/** The time now, in whole seconds since 1970. */
export type Clock = () => Instant

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)
