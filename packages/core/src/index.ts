export * from './base64url.ts'
export * from './tokens/token-hash.ts'
export * from './relying-party/index.ts'
