import type { Client } from '@latchkey/core'
import { type Advice, adviceOf } from './advice-rule.ts'
import { clientAdvice } from './client-advice.ts'
import type { Configuration } from './configuration.ts'
import { isLoopbackIssuer } from './issuer.ts'
import type { Salvaged } from './salvage.ts'

const DAY = 86_400

/** What can stand, but an operator should know. */
export function adviceOn({ exam = {}, clients: placed, allowInsecureIssuer }: Salvaged, { issuer, store, clients, users, rotation }: Configuration, parsed: readonly Client[]): readonly Advice[] {
  const isLocal = isLoopbackIssuer(issuer)
  const general = adviceOf([
    [store.kind === 'memory', 'warning', 'store', 'forgets everything when the server stops, signing keys included', 'use sqlite:PATH for anything but a try'],
    [store.kind === 'postgres' && store.isExposed, 'warning', 'store', 'is on another machine, and the connection is not encrypted and verified', 'add ?sslmode=verify-full'],
    [allowInsecureIssuer === true && !issuer.startsWith('https:') && !isLocal, 'warning', 'issuer', 'is plain http: passwords and tokens can be read on the way', 'use https'],
    [(exam.dangerouslyAllowLoopback ?? []).length > 0, 'warning', 'exam.dangerouslyAllowLoopback', 'lets clients make this server call programs on its own machine and in its private network', 'remove it from a server that others use; it is for tests of conformance'],
    [exam.dangerouslyRotateKeysToken !== undefined, 'warning', 'exam.dangerouslyRotateKeysToken', 'lets whoever has the token rotate the signing keys over HTTP, before verifiers have heard of the new ones', 'remove it from a server that others use; `latchkey keys rotate` does this for operators'],
    [rotation.announceFor < DAY, 'advice', 'keys.announceFor', 'is shorter than a day, and some verifiers keep the keys that they know for that long', 'make it a day or more'],
    [clients.length === 0, 'advice', 'clients', 'is empty, so that nobody can ask for a token', 'add a client'],
    [users.length === 0 && parsed.some(({ response_types }) => response_types.length > 0), 'advice', 'users', 'is empty, so that nobody can sign in', 'add a user'],
  ])
  return [...general, ...parsed.flatMap((client, index) => clientAdvice(client, placed[index], index, isLocal))]
}
