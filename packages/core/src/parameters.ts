import { refuse, type Refusal } from './decision.ts'
import type { Form } from './form.ts'

/** How one parameter is read from a form. */
export interface Parameter<T> {
  read(form: Form, name: string): T | Refusal
}
export type Parameters = Readonly<Record<string, Parameter<unknown>>>

/** A request whose parameters have been read. */
export type Typed<P extends Parameters> = { readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never }

const LONGEST = 4_096

function bounded(form: Form, name: string): string | undefined | Refusal {
  const text = form.one(name)
  return text !== undefined && text.length > LONGEST ? refuse('parameter_too_long', { parameter: name }) : text
}

/** A text that must be there; at most 4,096 characters. */
export const required: Parameter<string> = {
  read: (form, name) => bounded(form, name) ?? refuse('parameter_missing', { parameter: name }),
}

/** A text that may be absent; at most 4,096 characters. */
export const optional: Parameter<string | undefined> = { read: bounded }

/** A text of any length that may be absent, for a reader of its own. */
export const unbounded: Parameter<string | undefined> = { read: (form, name) => form.one(name) }

/** Texts that may be given several times. */
export const several: Parameter<readonly string[]> = { read: (form, name) => form.all(name) }

/** The typed request that a form spells, or the first refusal. */
export function readParameters<P extends Parameters>(parameters: P, form: Form): Typed<P> | Refusal {
  const request: Record<string, unknown> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = parameter.read(form, name)
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal') return value as Refusal
    request[name] = value
  }
  return request as Typed<P>
}
