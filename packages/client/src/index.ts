export * from './parts/index.ts'
export { createClient, type Abortable, type Client } from './client.ts'
export { hybridAuthorizationUrl, hybridCallback, type AuthorizationResponse, type HybridOptions } from './hybrid.ts'
