import type { Client, Finding } from '@latchkey/core'
import type { Configuration } from './configuration.ts'
import { isLoopbackIssuer } from './issuer.ts'
import type { Salvaged } from './salvage.ts'

/** What can stand, but an operator should know. */
export function adviceOn({ keys, clients: placed, allowInsecureIssuer }: Salvaged, { issuer, store, clients, users }: Configuration, parsed: readonly Client[]): readonly Finding[] {
  const isLocal = isLoopbackIssuer(issuer)
  const rotation = (['rotateAfter', 'announceFor', 'retireAfter'] as const).filter((name) => keys?.[name] !== undefined)
  const advice: readonly (readonly [applies: boolean, path: string, reason: string, remedy: string])[] = [
    [store.kind === 'memory', 'store', 'forgets everything when the server stops, signing keys included', 'use sqlite:PATH for anything but a try'],
    [allowInsecureIssuer === true && !issuer.startsWith('https:') && !isLocal, 'issuer', 'is plain http: passwords and tokens can be read on the way', 'use https'],
    [rotation.length > 0, `keys.${rotation[0] ?? ''}`, 'has no effect yet: keys do not rotate by themselves', 'keep it for later, or remove it'],
    [clients.length === 0, 'clients', 'is empty, so that nobody can ask for a token', 'add a client'],
    [users.length === 0 && parsed.some(({ response_types }) => response_types.length > 0), 'users', 'is empty, so that nobody can sign in', 'add a user'],
  ]
  return [...advice.filter(([applies]) => applies).map(([, path, reason, remedy]) => ({ path, reason, remedy })), ...clientAdvice(parsed, placed, isLocal)]
}

function clientAdvice(parsed: readonly Client[], placed: Salvaged['clients'], isLocal: boolean): readonly Finding[] {
  return parsed.flatMap((client, index) => {
    const path = `clients[${placed[index]?.at ?? index}]`
    const mixed = client.response_types.includes('code') ? client.response_types.find((type) => type !== 'code') : undefined
    const local = client.redirect_uris.findIndex((uri) => uri.startsWith('http://localhost'))
    return [
      ...(client.policy.pkce === 'optional' ? [{ path: `${path}.${client.profile === 'oauth21' ? 'policy.pkce' : 'profile'}`, reason: 'lets the client leave PKCE out, so that a stolen code is worth more', remedy: 'use profile oauth21 once the client sends code_challenge' }] : []),
      ...(mixed === undefined ? [] : [{ path: `${path}.response_types`, reason: `mixes code with ${mixed}, so that a request could be downgraded`, remedy: 'register two clients if you can' }]),
      ...(!isLocal && local >= 0 && client.application_type === 'web' ? [{ path: `${path}.redirect_uris[${local}]`, reason: 'is an address of the developer’s machine', remedy: 'remove it from a server that others use' }] : []),
      ...(client.policy.refreshTokenAbsoluteLifetime < client.policy.refreshTokenSlidingLifetime ? [{ path: `${path}.policy.refreshTokenSlidingLifetime`, reason: 'is longer than refreshTokenAbsoluteLifetime, and has no effect', remedy: 'make it shorter' }] : []),
    ]
  })
}
