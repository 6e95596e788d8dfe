import { type Attempt, chooseGrant, type Form, type Grant, isRefusal, type Issue, type Refusal, refuse } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { json } from '../http/answer.ts'
import { queryOf, readForm } from '../http/form.ts'
import type { Minted } from '../mint.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'
import { sound } from '../sound.ts'
import { counted } from '../throttle/attempts.ts'

/** What happens at /token. @spec RFC 6749 §3.2 */
export async function token(exchange: Exchange): Promise<Response> {
  const { http, server, trace, endpoint } = exchange
  if (queryOf(http) !== '') accept(refuse('parameters_in_query'))
  const form = accept(await readForm(http))
  const client = accept(await authenticateClient(form, exchange))
  const grant = accept(chooseGrant(form, client, server.grants))
  const begun = grant.begin(form, client, server.catalogue)
  const attempt = accept(isRefusal(begun) ? sound(begun) : begun)
  const minted = accept(await withGuessesCounted(grant, form, exchange, () => settle(withAccessToken(attempt), server)))
  const { client_id } = client
  await server.clients.used(client_id, server)
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id, grant_type: grant.grant_type, issued: issuedIn(minted) })
  return json(200, tokenResponse(minted))
}

/** Where a grant takes somebody's password, it is counted like a sign-in. */
function withGuessesCounted<T>(grant: Grant, form: Form, exchange: Exchange, settled: () => Promise<T | Refusal>): Promise<T | Refusal> {
  const username = grant.guesses === undefined ? undefined : form.one(grant.guesses)
  return username === undefined ? settled() : counted(exchange, username, settled, (outcome) => !isRefusal(outcome))
}

/** The attempt, whose success has an access token: a grant that issues none is at fault. @spec RFC 6749 §5.1 */
function withAccessToken(attempt: Attempt<Issue>): Attempt<Issue> {
  return {
    needs: attempt.needs,
    decide(known, moment) {
      const decision = sound(attempt.decide(known, moment))
      if (decision.kind === 'issue' && decision.accessToken === undefined) throw new TypeError('a grant issued no access token')
      return decision
    },
  }
}

/** What a grant adds never takes the place of a member that is ours. @spec RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 */
function tokenResponse({ access_token, token_type, expires_in, scope, refresh_token, id_token, members }: Minted): Readonly<Record<string, unknown>> {
  return { ...members, ...UNSAID, access_token, token_type, expires_in, refresh_token, id_token, scope: scope === '' ? undefined : scope }
}

/** Members that would make a success look like an error. */
const UNSAID = { error: undefined, error_description: undefined }

function issuedIn(minted: Minted): readonly string[] {
  return (['access_token', 'refresh_token', 'id_token'] as const).filter((name) => minted[name] !== undefined)
}
