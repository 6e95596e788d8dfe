import { mayUse } from '../account.ts'
import { authorizationEnd } from '../tokens/refresh-family.ts'
import { issue, refuse } from '../decision.ts'
import { DEVICE_CODE } from '../device/request.ts'
import { paceOf, POLL_ANSWERS, SLOW_DOWN } from '../device/polling.ts'
import { digest } from '../digest.ts'
import { accountOf, behind, find } from '../needs.ts'
import { required } from '../parameters.ts'
import { amend } from '../records.ts'
import { userTokens } from '../tokens/user-tokens.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** A device asks whether its user has let it in, again and again, and gets tokens once. @spec RFC 8628 §3.4, §3.5 */
export const deviceCode: Grant = defineGrant({
  grant_type: DEVICE_CODE,
  parameters: { device_code: required },
  needs: ({ device_code }) => ({
    device: find('device_authorization', digest(device_code)),
    authorization: behind('authorization', 'device', 'authorization'),
    account: accountOf('device'),
  }),
  decide({ client, known: { device, authorization, account }, catalogue, now }) {
    if (device === undefined) return refuse('device_code_unknown')
    if (device.client_id !== client.client_id) return refuse('device_code_of_another_client', { client_id: device.client_id })
    const pace = paceOf(device, now)
    const answer = POLL_ANSWERS[device.state][pace]
    if (answer === 'slow_down') {
      // Once a second is enough: polls that come all at once would only get into each other's way, and into that of the user's decision.
      const interval = device.polledAt === now ? device.interval : device.interval + SLOW_DOWN
      return refuse('slow_down', { interval }, device.polledAt === now ? [] : [amend(device, { polledAt: now, interval })])
    }
    if (answer === 'authorization_pending') return refuse('authorization_pending', {}, [amend(device, { polledAt: now })])
    if (answer !== 'issue') return refuse(answer)
    if (authorization === undefined || authorization.revokedAt !== undefined) return refuse('authorization_revoked')
    if (account?.active !== true) return refuse('account_inactive', { sub: authorization.sub })
    if (!mayUse(account, client.client_id)) return refuse('account_without_access', { client_id: client.client_id, sub: authorization.sub })
    const expiresAt = Math.max(authorization.expiresAt, authorizationEnd(authorization, client, now))
    return issue(userTokens({ authorization, id: authorization.key, account, resource: [] }, client, catalogue, now), [
      amend(device, { state: 'redeemed', polledAt: now }),
      amend(authorization, { expiresAt }),
    ])
  },
})
