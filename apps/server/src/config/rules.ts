import { type Finding, isReservedClaim } from '@latchkey/core'
import { formatEndpointFindings, grantEndpointFindings, trustedIssuerFindings } from '@latchkey/server'
import { DEMO_PASSWORDS, DEMO_SECRETS } from '../demo/public-secrets.ts'
import { usernameKey } from '../users/username.ts'
import { encryptionKeyFindings } from './encryption-key.ts'
import { isLoopbackIssuer } from './issuer.ts'
import { listenRule } from './network/listen-rules.ts'
import type { Placed, Salvaged } from './salvage.ts'

type Rule = (configuration: Salvaged) => readonly Finding[]

const RULES: readonly Rule[] = [twinRule, subjectRule, passwordRule, claimsRule, resourceRule, operatorRule, trustedIssuerRule, keysRule, encryptionKeyRule, demoRule, listenRule, endpointRule]

/** Everything that is wrong between the parts of a configuration, or with a part beyond its shape; the issuer, the store and single clients aside. */
export function ruleFindings(configuration: Salvaged): readonly Finding[] {
  return RULES.flatMap((rule) => rule(configuration))
}

function twinRule({ clients, users, scopes, resources }: Salvaged): readonly Finding[] {
  return [
    ...twins(clients, ({ client_id }) => client_id, (at) => `clients[${at}].client_id`, 'give each client a name of its own'),
    ...twins(users, ({ sub }) => sub, (at) => `users[${at}].sub`, 'give each user a subject of its own'),
    ...twins(users, ({ username }) => usernameKey(username), (at) => `users[${at}].username`, 'give each user another name; capital and small letters are the same'),
    ...twins(scopes, ({ name }) => name, (at) => `scopes[${at}].name`, 'keep one of them'),
    ...twins(resources, ({ resource }) => resource, (at) => `resources[${at}].resource`, 'put their scopes into one entry'),
  ]
}

function twins<T>(list: readonly Placed<T>[], nameOf: (value: T) => string, pathOf: (at: number) => string, remedy: string): readonly Finding[] {
  const first = new Map<string, number>()
  return list.flatMap(({ at, value }) => {
    const before = first.get(nameOf(value))
    if (before === undefined) first.set(nameOf(value), at)
    return before === undefined ? [] : [{ path: pathOf(at), reason: `is the same as ${pathOf(before)}`, remedy }]
  })
}

/** @spec RFC 9700 §4.15 */
function subjectRule({ clients, users }: Salvaged): readonly Finding[] {
  return clients.flatMap(({ at, value: { client_id } }) => {
    const user = users.find(({ value }) => value.sub === client_id)
    return user === undefined ? [] : [{ path: `clients[${at}].client_id`, reason: `is the same as users[${user.at}].sub, so that the client's own tokens could be taken for the user's`, remedy: 'rename the client' }]
  })
}

function passwordRule({ users }: Salvaged): readonly Finding[] {
  return users.flatMap(({ at, value: { password, passwordHash }, without }) => {
    if (without.has('password') || without.has('passwordHash')) return []
    if (password === undefined && passwordHash === undefined) return [{ path: `users[${at}]`, reason: 'has neither password nor passwordHash', remedy: 'add one of them' }]
    return password !== undefined && passwordHash !== undefined ? [{ path: `users[${at}].passwordHash`, reason: 'stands beside password', remedy: 'keep one of them' }] : []
  })
}

/** @spec OpenID Connect Core §2, RFC 9068 §2.2 */
function claimsRule({ users }: Salvaged): readonly Finding[] {
  return users.flatMap(({ at, value: { claims = {} } }) =>
    Object.keys(claims).filter(isReservedClaim).map((name) => ({ path: `users[${at}].claims.${name}`, reason: 'is a claim that the server itself answers for', remedy: 'remove it' })),
  )
}

const STANDARD: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

function resourceRule({ resources }: Salvaged): readonly Finding[] {
  return resources.flatMap(({ at, value: { scopes } }) =>
    scopes.flatMap((name, place) => (STANDARD.has(name) ? [{ path: `resources[${at}].scopes[${place}]`, reason: `${name} is about the user, and belongs to no API`, remedy: 'remove it' }] : [])),
  )
}

function operatorRule({ resources, clients }: Salvaged): readonly Finding[] {
  return resources.flatMap(({ at, value: { operatedBy = [] } }) =>
    operatedBy.flatMap((client_id, place) => (clients.some(({ value }) => value.client_id === client_id) ? [] : [{ path: `resources[${at}].operatedBy[${place}]`, reason: `${client_id} is no client`, remedy: 'name the client_id of the software behind the API' }])),
  )
}

function trustedIssuerRule({ issuer = '', trustedIssuers = [], clients }: Salvaged): readonly Finding[] {
  const unknown = trustedIssuers.flatMap((trusted, at) =>
    (trusted.clients ?? []).flatMap((client_id, place) => (clients.some(({ value }) => value.client_id === client_id) ? [] : [{ path: `trustedIssuers[${at}].clients[${place}]`, reason: `${client_id} is no client`, remedy: 'name the client_id of a client' }])),
  )
  return [...trustedIssuerFindings(trustedIssuers, issuer, 'trustedIssuers'), ...unknown]
}

function endpointRule({ endpoints = {}, clients, resources }: Salvaged): readonly Finding[] {
  return [
    ...clients.flatMap(({ at, value, without }) => (without.has('grant_types') ? [] : grantEndpointFindings(value, endpoints).map((finding) => ({ ...finding, path: `clients[${at}].${finding.path}` })))),
    ...resources.flatMap(({ at, value }) => formatEndpointFindings(value, endpoints).map((finding) => ({ ...finding, path: `resources[${at}].${finding.path}` }))),
  ]
}

const DAY = 86_400

function keysRule({ keys = {} }: Salvaged): readonly Finding[] {
  const { algorithms = [], rotateAfter = 90 * DAY, announceFor = 14 * DAY } = keys
  const twice = algorithms.find((alg, at) => algorithms.indexOf(alg) < at)
  return [
    ...(twice === undefined ? [] : [{ path: 'keys.algorithms', reason: `names ${twice} twice`, remedy: 'name each once' }]),
    ...(announceFor < rotateAfter ? [] : [{ path: 'keys.announceFor', reason: 'is not shorter than keys.rotateAfter, so that no key would ever be announced in time', remedy: 'make it shorter' }]),
  ]
}

function encryptionKeyRule({ encryptionKey, encryptionKeyFile }: Salvaged): readonly Finding[] {
  const both = encryptionKey !== undefined && encryptionKeyFile !== undefined
  return [
    ...(both ? [{ path: 'encryptionKeyFile', reason: 'stands beside encryptionKey', remedy: 'keep one of them' }] : []),
    ...(encryptionKey === undefined ? [] : encryptionKeyFindings(encryptionKey, 'encryptionKey')),
  ]
}

function demoRule({ issuer, demo, clients, users }: Salvaged): readonly Finding[] {
  if (issuer === undefined || isLoopbackIssuer(issuer)) return []
  const secrets = clients.flatMap(({ at, value }) => {
    const known = [value.client_secret, ...(value.secrets ?? []).map(({ secret }) => secret)].some((secret) => secret !== undefined && DEMO_SECRETS.has(secret))
    return known ? [{ path: `clients[${at}].client_secret`, reason: 'is a secret of the demo, which everyone knows', remedy: 'make one with `openssl rand -base64 32`' }] : []
  })
  const passwords = users.flatMap(({ at, value }) => (DEMO_PASSWORDS.get(value.username) === value.password && value.password !== undefined ? [{ path: `users[${at}].password`, reason: 'is a password of the demo, which everyone knows', remedy: 'choose another one' }] : []))
  return [...(demo === true ? [{ path: 'demo', reason: 'shows every password on the sign-in page, and the issuer is not on this machine', remedy: 'use a loopback issuer, or a configuration of your own: `latchkey init` makes one' }] : []), ...secrets, ...passwords]
}
