import { refuse, type Refusal } from './decision.ts'

/**
 * The parameters of one request. An empty value counts as absent and a name never reaches an object,
 * so `__proto__` is a name like any other.
 * @spec RFC 6749 §3.1, §3.2
 */
export interface Form {
  /** The value of a parameter, `undefined` when it is absent, empty or given more than once. */
  one(name: string): string | undefined
  /** Every value of a parameter that may be repeated, as RFC 8707 has it for `resource`. */
  all(name: string): readonly string[]
  /** All names that were given. */
  readonly names: readonly string[]
  /** The names given more than once although they may not be. */
  readonly repeated: readonly string[]
}

const MAY_REPEAT: ReadonlySet<string> = new Set(['resource', 'audience'])
const MOST_PARAMETERS = 100

/** The form that `application/x-www-form-urlencoded` text or a query string spells. @spec RFC 6749 §B */
export function parseForm(text: string): Form | Refusal {
  const values = new Map<string, string[]>()
  let count = 0
  for (const pair of text.split('&')) {
    if (pair === '') continue
    if (++count > MOST_PARAMETERS) return refuse('too_many_parameters')
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1))
    if (name === undefined || value === undefined) return refuse('form_malformed')
    const earlier = values.get(name)
    if (earlier === undefined) values.set(name, [value])
    else earlier.push(value)
  }
  return formOf(values)
}

/** The form that holds these values; several values of one name count as repeated. */
export function formOf(values: ReadonlyMap<string, readonly string[]>): Form {
  const repeated = [...values].filter(([name, given]) => given.length > 1 && !MAY_REPEAT.has(name)).map(([name]) => name)
  return {
    names: [...values.keys()],
    repeated,
    one(name) {
      const given = values.get(name)
      return given?.length === 1 && given[0] !== '' ? given[0] : undefined
    },
    all: (name) => (values.get(name) ?? []).filter((value) => value !== ''),
  }
}

/** The form itself, or a refusal when a parameter is repeated. @spec RFC 6749 §3.2 */
export function singleValued(form: Form): Form | Refusal {
  return form.repeated.length === 0 ? form : refuse('parameter_repeated', { parameter: tellableName(form.repeated[0]) })
}

/** A name as it may be shown: the specifications' names are short and plain. */
export function tellableName(name = ''): string {
  return /^[a-z_]{1,40}$/.test(name) ? name : 'another'
}

function decode(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
