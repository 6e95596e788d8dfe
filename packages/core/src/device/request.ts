import { type Attempt, attempt } from '../attempt.ts'
import type { Client } from '../client/metadata.ts'
import { isRefusal, issue, type Issue, type Refusal, refuse } from '../decision.ts'
import type { Form } from '../form.ts'
import { requestedResources } from '../resources/audience.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { requestedScope } from '../resources/scope.ts'

/** @spec RFC 8628 §3.4 */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** A device asks to be let in. `seen` is how the user may recognise it. @spec RFC 8628 §3.1 */
export function requestDevice(form: Form, client: Client, catalogue: Catalogue, seen: string | undefined): Attempt<Issue> | Refusal {
  if (!client.grant_types.includes(DEVICE_CODE)) return refuse('grant_type_not_allowed', { client_id: client.client_id, grant_type: DEVICE_CODE })
  const resource = requestedResources(form.all('resource'), catalogue)
  if (isRefusal(resource)) return resource
  const scope = requestedScope(form.one('scope') ?? client.scope.join(' '), resource, client, catalogue)
  if (isRefusal(scope)) return scope
  return attempt({}, (_, { now }) => {
    const { pollingInterval, deviceCodeLifetime } = client.policy
    const record = { client_id: client.client_id, scope, resource, state: 'pending', interval: pollingInterval, createdAt: now, expiresAt: now + deviceCodeLifetime, ...(seen === undefined ? {} : { seen }) } as const
    return issue({ device: { record } }, [])
  })
}
