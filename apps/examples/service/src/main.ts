import { clientSecretBasic, createServiceAuth, isAuthError } from '@latchkey/node'

const issuer = process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700'
const api = process.env.LATCHKEY_EXAMPLE_API ?? `http://localhost:${process.env.LATCHKEY_EXAMPLE_API_PORT ?? 4703}`
const secret = process.env.LATCHKEY_EXAMPLE_SERVICE_SECRET ?? 'service-secret-for-the-demo-only-1'

async function main(): Promise<void> {
  const service = createServiceAuth({ issuer, clientId: 'service', clientAuth: clientSecretBasic(secret) })
  const { fetch } = service.for({ resource: 'https://api.example.com', scope: 'api' })
  const response = await fetch(`${api}/me`)

  if (!response.ok) throw new Error(`The API at ${api} answered ${response.status}: ${response.headers.get('www-authenticate') ?? (await response.text())}`)
  const { sub, client, scopes, greeting } = (await response.json()) as { sub: string; client: string; scopes: string[]; greeting: string }
  console.log(`${greeting} (sub ${sub}, client ${client}, scopes ${scopes.join(' ')})`)
}

function explain(error: unknown): string {
  if (isAuthError(error)) return `No token from ${issuer}: ${error.message}.${error.hint === undefined ? '' : ` ${error.hint}`}`
  // What fetch throws when nobody listens.
  if (error instanceof TypeError) return `The API at ${api} cannot be reached. Is it running?`
  return error instanceof Error ? error.message : 'The call failed.'
}

main().catch((error: unknown) => {
  console.error(explain(error))
  process.exitCode = 1
})
