import { type Attempt, attempt, type Moment } from '../attempt.ts'
import { isRefusal, type Issue, type Refusal, refuse } from '../decision.ts'
import type { Form } from '../form.ts'
import type { Client } from '../client/metadata.ts'
import type { Known, Needs } from '../needs.ts'
import { type Parameters, readParameters, type Typed } from '../parameters.ts'
import type { Catalogue } from '../resources/catalogue.ts'

/** Everything a grant decides by. */
export interface GrantInput<Request, N extends Needs> extends Moment {
  readonly request: Request
  readonly client: Client
  readonly known: Known<N>
  readonly catalogue: Catalogue
}

/** A grant: the parameters it takes, what it must know and what it decides — nothing else. */
export interface GrantDefinition<P extends Parameters, N extends Needs> {
  readonly grant_type: string
  readonly parameters: P
  /** The parameter that names the account whose password comes with the request: wrong ones are counted, and throttled. */
  readonly guesses?: keyof P & string
  needs(request: Typed<P>, client: Client): N
  decide(input: GrantInput<Typed<P>, N>): Issue | Refusal
}

/** The handler of one `grant_type`. */
export interface Grant {
  readonly grant_type: string
  /** The parameter that names the account whose password comes with the request, if one does. */
  readonly guesses?: string
  begin(form: Form, client: Client, catalogue: Catalogue): Attempt<Issue> | Refusal
}

/** The grant of this definition, whose parts are type-checked against each other. */
export function defineGrant<P extends Parameters, const N extends Needs>(definition: GrantDefinition<P, N>): Grant {
  return {
    grant_type: definition.grant_type,
    ...(definition.guesses === undefined ? {} : { guesses: definition.guesses }),
    begin(form, client, catalogue) {
      const request = readParameters(definition.parameters, form)
      if (isRefusal(request)) return request
      return attempt<Issue, N>(definition.needs(request, client), (known, moment) => definition.decide({ request, client, known, catalogue, ...moment }))
    },
  }
}

/** The grant that a token request asks for, if it is installed and the client may use it. @spec RFC 6749 §4.1.3, §5.2 */
export function chooseGrant(form: Form, client: Client, grants: ReadonlyMap<string, Grant>): Grant | Refusal {
  const grant_type = form.one('grant_type')
  if (grant_type === undefined) return refuse('parameter_missing', { parameter: 'grant_type' })
  const grant = grants.get(grant_type)
  if (grant === undefined) return refuse('grant_type_unsupported')
  return client.grant_types.includes(grant_type) ? grant : refuse('grant_type_not_allowed', { client_id: client.client_id, grant_type })
}
