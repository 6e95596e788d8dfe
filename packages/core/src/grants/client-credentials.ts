import { isRefusal, issue, refuse } from '../decision.ts'
import { isPublic } from '../client/metadata.ts'
import { several, unbounded } from '../parameters.ts'
import { narrowedResources } from '../resources/audience.ts'
import { ownScope } from '../resources/scope.ts'
import { accessToken } from '../tokens/access-token.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** A machine gets a token for itself. @spec RFC 6749 §4.4 */
export const clientCredentials: Grant = defineGrant({
  grant_type: 'client_credentials',
  parameters: { scope: unbounded, resource: several },
  needs: () => ({}),
  decide({ request, client, catalogue, now }) {
    if (isPublic(client)) return refuse('grant_type_not_allowed', { client_id: client.client_id })
    const scope = ownScope(request.scope, client, catalogue)
    if (isRefusal(scope)) return scope
    if (scope.length === 0) return refuse('scope_empty', { client_id: client.client_id })
    const resource = narrowedResources(request.resource, [], scope, catalogue)
    if (isRefusal(resource)) return resource
    return issue({ accessToken: accessToken({ sub: client.client_id }, client, scope, resource, catalogue, now) }, [])
  },
})
