import type { Seconds } from '../brand.ts'
import { type Finding, when } from '../client/finding.ts'
import type { Client } from '../client/metadata.ts'

/** How long a key stays in each part of its life. */
export interface KeySchedule {
  /** From the first to the last signature of a key. */
  readonly rotateAfter: Seconds
  /** From being published to the first signature: verifiers that keep what is published learn of it meanwhile. */
  readonly announceFor: Seconds
  /** From the last signature to the end: what it signed is accepted meanwhile. */
  readonly retireAfter: Seconds
}

/** 90 days of signing, 14 days before and 14 days after. */
export const DEFAULT_KEY_SCHEDULE: KeySchedule = { rotateAfter: 7_776_000, announceFor: 1_209_600, retireAfter: 1_209_600 }

/** Within this time every node has read the keys anew. */
export const KEYS_KNOWN_WITHIN: Seconds = 60

/** The longest lifetime of a token that is signed for one of these clients, 0 without clients. */
export function longestTokenLifetime(clients: readonly Client[]): Seconds {
  return Math.max(0, ...clients.flatMap(({ policy }) => [policy.accessTokenLifetime, policy.idTokenLifetime]))
}

/** What can not stand in a schedule, by a path that begins with `at`; `longest` is the longest lifetime of a token. */
export function keyScheduleFindings(schedule: KeySchedule, longest: Seconds, at: string): readonly Finding[] {
  const { rotateAfter, announceFor, retireAfter } = schedule
  const least = longest + KEYS_KNOWN_WITHIN
  const fits = (name: keyof KeySchedule): boolean => Number.isSafeInteger(schedule[name]) && schedule[name] > 0
  return [
    ...(['rotateAfter', 'announceFor', 'retireAfter'] as const).flatMap((name) => when(!fits(name), `${at}.${name}`, 'is not a positive whole number of seconds', 'write seconds')),
    ...when(fits('announceFor') && fits('rotateAfter') && announceFor >= rotateAfter, `${at}.announceFor`, `is not shorter than ${at}.rotateAfter, so that no key would ever be announced in time`, 'make it shorter'),
    ...when(fits('announceFor') && announceFor < 2 * KEYS_KNOWN_WITHIN, `${at}.announceFor`, `is shorter than the ${2 * KEYS_KNOWN_WITHIN} seconds in which servers and verifiers learn of a key`, 'make it a day or more'),
    ...when(fits('retireAfter') && retireAfter < least, `${at}.retireAfter`, `is shorter than ${least} seconds, so that tokens would outlive the key that signed them: the longest lifetime of a token is ${longest}`, 'make it longer, or shorten accessTokenLifetime and idTokenLifetime of the clients'),
  ]
}

/** For how long a verifier may keep what is published: it asks at least twice while a key is announced. */
export function publishedFor({ announceFor }: KeySchedule): Seconds {
  return Math.min(300, Math.floor(announceFor / 2))
}
