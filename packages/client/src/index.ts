export * from './parts/index.ts'
export { createClient, type Abortable, type Client, type CreateClientOptions } from './client.ts'
export { hybridAuthorizationUrl, hybridCallback, type AuthorizationResponse, type HybridOptions } from './hybrid.ts'
export type { TokenExchange } from './grants.ts'
