import { type Abilities, type ClientMetadata, GRANTS, parseClient, RESPONSE_TYPES, STANDARD_SCOPES } from '@latchkey/core'
import { expect } from 'vitest'
import type { Rule } from './quickstart.ts'

const ABILITIES: Abilities = {
  grant_types: [...GRANTS.map(({ grant_type }) => grant_type), 'implicit'],
  response_types: RESPONSE_TYPES,
  scopes: new Set([...STANDARD_SCOPES, 'api']),
  algorithms: ['ES256', 'RS256'],
}

/** Names that a client can be registered with; core ignores others, and would not notice one that is misspelled. */
const NAMES = ['client_id', 'client_name', 'client_secret', 'token_endpoint_auth_method', 'redirect_uris', 'grant_types', 'response_types', 'scope', 'allowed_cors_origins', 'require_pushed_authorization_requests', 'profile', 'policy']

/** A client that a page registers, as core reads it. */
export const registration: Rule = {
  language: 'json',
  how: 'is a client',
  run({ text }) {
    const metadata = JSON.parse(text) as ClientMetadata
    expect(NAMES).toEqual(expect.arrayContaining(Object.keys(metadata)))
    expect(parseClient(metadata, ABILITIES)).toMatchObject({ client_id: metadata.client_id })
  },
}
