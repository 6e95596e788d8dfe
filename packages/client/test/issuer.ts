import { createClient, isAuthError, type CreateClientOptions } from '../src/index.ts'

/** The issuer of these tests. */
export const issuer = 'https://op.example'
/** When these tests take place, in seconds since the epoch. */
export const now = 1_800_000_000

/** Its discovery document. */
export const metadata = {
  issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/userinfo`, jwks_uri: `${issuer}/jwks`,
  device_authorization_endpoint: `${issuer}/device_authorization`, revocation_endpoint: `${issuer}/revoke`, introspection_endpoint: `${issuer}/introspect`,
  authorization_response_iss_parameter_supported: true,
}

/** What the issuer answers, by path. */
export interface Answers {
  readonly [path: string]: (request: Request) => Response | Promise<Response>
}

/** A client whose issuer answers as told, and the paths it was asked for beside discovery. */
export function setUp(answers: Answers, options: Partial<CreateClientOptions> = {}): { readonly client: ReturnType<typeof createClient>; readonly asked: Request[]; readonly paths: () => readonly string[] } {
  const asked: Request[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/.well-known/')) asked.push(request.clone())
    const answer = answers[pathname] ?? (pathname === '/.well-known/openid-configuration' ? () => Response.json(metadata) : () => new Response(null, { status: 404 }))
    return answer(request)
  }
  return { asked, paths: () => asked.map(({ url }) => new URL(url).pathname), client: createClient({ issuer, clientId: 'app', fetch, now: () => now, ...options }) }
}

/** The code of the error that work ends in. */
export async function failing(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => 'no error', (error: unknown) => isAuthError(error) ? error.code : error)
}
