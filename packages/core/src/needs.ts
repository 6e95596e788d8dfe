import type { Account } from './account.ts'
import type { IndexOf, Kind, Row } from './records.ts'

/** The row of this kind with this key. */
export interface Find<K extends Kind = Kind> {
  readonly need: 'find'
  readonly kind: K
  readonly key: string
}

/** The row whose key is a member of another row that is needed, behind a fixed prefix. */
export interface Behind<K extends Kind = Kind> {
  readonly need: 'behind'
  readonly kind: K
  /** The name of the other need: a {@link Find}, or a `Behind` named before this one. */
  readonly via: string
  /** The member of that row which holds the key. */
  readonly member: string
  readonly prefix: string
}

/** All rows of this kind that have this value in this member. */
export interface Among<K extends Kind = Kind> {
  readonly need: 'among'
  readonly kind: K
  readonly member: IndexOf<K>
  readonly value: string
}

/** The account that a needed row, token or fact names in its member `sub`, from the users port; of several rows the first names it. */
export interface AccountOf {
  readonly need: 'account'
  readonly via: string
}

/**
 * The name under which clients know the user whom a needed row names in its member `sub`: that of the sector, or of the row's own `sector`,
 * and `sub` itself where there is none. `undefined` where there is no row.
 */
export interface SubjectOf {
  readonly need: 'subject'
  readonly via: string
  readonly sector?: string
}

/** Whether our seal on a token is genuine. */
export interface Sealed {
  readonly need: 'sealed'
  readonly text: string
  readonly seal: string
}

/** The claims of a JWT that we signed for this `typ`; its times are the decision's to judge. */
export interface Ours {
  readonly need: 'ours'
  readonly jwt: string
  readonly typ: string
}

/** The claims of an access token of ours in text form: a JWT that we signed, or a reference that we keep. Times and revocation are the decision's to judge. */
export interface Presented {
  readonly need: 'presented'
  readonly text: string
}

/** What the claims of a needed token name in the store. It is asked in the one snapshot of all rows; `{}` stands for a token that is none. */
export interface Claimed<R extends Find | Among = Find | Among> {
  readonly need: 'claimed'
  /** The name of the other need: an {@link Ours} or a {@link Presented}. */
  readonly via: string
  readonly ask: (claims: Readonly<Record<string, unknown>>) => R
}

/** A fact of an extension's own, from a function that the server calls with a signal that ends it. */
export interface Fact<T = unknown> {
  readonly need: 'fact'
  readonly answer: (signal: AbortSignalLike) => Promise<T> | T
}

/** As much of an `AbortSignal` as can be said without a platform. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
}

/** What the store answers: one consistent snapshot of all of them. */
export type RecordNeed = Find | Behind | Among
export type Need = RecordNeed | AccountOf | SubjectOf | Sealed | Ours | Presented | Claimed | Fact
export type Needs = Readonly<Record<string, Need>>
export type RecordNeeds = Readonly<Record<string, RecordNeed>>

/** What is known once a need has been met. */
export type Met<N> = N extends Find<infer K> | Behind<infer K>
  ? Row<K> | undefined
  : N extends Among<infer K>
    ? readonly Row<K>[]
    : N extends AccountOf
      ? Account | undefined
      : N extends SubjectOf
        ? string | undefined
        : N extends Sealed
          ? boolean
          : N extends Ours | Presented
            ? Readonly<Record<string, unknown>> | undefined
            : N extends Claimed<infer R>
              ? MetRecord<R>
              : N extends Fact<infer T>
                ? Awaited<T>
                : never
type MetRecord<R> = R extends Find<infer K> ? Row<K> | undefined : R extends Among<infer K> ? readonly Row<K>[] : never
export type Known<N extends Needs> = { readonly [Name in keyof N]: Met<N[Name]> }

export function find<K extends Kind>(kind: K, key: string): Find<K> {
  return { need: 'find', kind, key }
}

export function behind<K extends Kind>(kind: K, via: string, member: string, prefix = ''): Behind<K> {
  return { need: 'behind', kind, via, member, prefix }
}

export function among<K extends Kind>(kind: K, member: IndexOf<K>, value: string): Among<K> {
  return { need: 'among', kind, member, value }
}

export function accountOf(via: string): AccountOf {
  return { need: 'account', via }
}

export function subjectOf(via: string, sector?: string): SubjectOf {
  return { need: 'subject', via, ...(sector === undefined ? {} : { sector }) }
}

export function ours(jwt: string, typ: string): Ours {
  return { need: 'ours', jwt, typ }
}

export function presented(text: string): Presented {
  return { need: 'presented', text }
}

export function claimed<R extends Find | Among>(via: string, ask: Claimed<R>['ask']): Claimed<R> {
  return { need: 'claimed', via, ask }
}

/** A need that an extension answers itself. The function may do I/O; the decision sees what it answers. */
export function fact<T>(answer: Fact<T>['answer']): Fact<T> {
  return { need: 'fact', answer }
}

export function sealed(text: string, seal: string): Sealed {
  return { need: 'sealed', text, seal }
}
