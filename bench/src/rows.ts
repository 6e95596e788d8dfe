import type { WorkName } from './load/work.ts'
import type { Algorithm } from './setting.ts'

/** Who is measured in a row. `http` and `signing` are limits: what nobody who answers over this adapter and signs can exceed. */
export type Contestant = 'ours, SQLite' | 'ours, PostgreSQL' | 'ours, memory' | 'peer, memory' | 'http' | 'signing'

/** One comparison. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly work: WorkName
  readonly alg: Algorithm
  readonly format: 'jwt' | 'opaque'
  readonly contestants: readonly Contestant[]
  /** How many HTTP requests and signatures one unit of work needs at least. */
  readonly needs: { readonly http: number; readonly signing: number }
  /** What we aim at: ratio to the peer, and share of the limit. */
  readonly target: { readonly ratio: number; readonly share?: number }
}

export const ROWS: readonly Row[] = [
  {
    name: 'client-credentials-es256',
    title: 'client_credentials → ES256 JWT',
    work: 'client-credentials',
    alg: 'ES256',
    format: 'jwt',
    contestants: ['ours, SQLite', 'peer, memory', 'http', 'signing'],
    needs: { http: 1, signing: 1 },
    target: { ratio: 4, share: 0.6 },
  },
  {
    name: 'client-credentials-rs256',
    title: 'client_credentials → RS256 JWT',
    work: 'client-credentials',
    alg: 'RS256',
    format: 'jwt',
    contestants: ['ours, SQLite', 'peer, memory', 'http', 'signing'],
    needs: { http: 1, signing: 1 },
    target: { ratio: 1.7, share: 0.85 },
  },
  {
    name: 'client-credentials-opaque',
    title: 'client_credentials → opaque token',
    work: 'client-credentials',
    alg: 'ES256',
    format: 'opaque',
    contestants: ['ours, SQLite', 'ours, memory', 'peer, memory', 'http'],
    needs: { http: 1, signing: 0 },
    target: { ratio: 2 },
  },
  {
    name: 'code-flow-es256',
    title: 'code + PKCE flow, ES256 (code, ID Token, JWT)',
    work: 'code-flow',
    alg: 'ES256',
    format: 'jwt',
    contestants: ['ours, SQLite', 'ours, memory', 'peer, memory', 'http', 'signing'],
    needs: { http: 2, signing: 2 },
    target: { ratio: 3 },
  },
  {
    name: 'code-flow-postgres',
    title: 'code + PKCE flow, ES256, on PostgreSQL',
    work: 'code-flow',
    alg: 'ES256',
    format: 'jwt',
    contestants: ['ours, PostgreSQL', 'peer, memory', 'http', 'signing'],
    needs: { http: 2, signing: 2 },
    target: { ratio: 1.5 },
  },
]
