import { describe, expect, it } from 'vitest'
import { type ClientMetadata, operates, operatorsOf, parseClient } from '../src/index.ts'
import { abilities, catalogue, clientOf, SECRET } from './world.ts'

const API: ClientMetadata = { client_id: 'api', client_secret: SECRET, grant_types: [] }
const operators = operatorsOf([{ operatedBy: ['api', 'other'] }, {}, { operatedBy: ['api'] }])

describe('a client that is only the software behind a resource', () => {
  it('needs no grant, redirect URI or scope', () => {
    expect(parseClient(API, { ...abilities, operators })).toMatchObject({ client_id: 'api', grant_types: [], response_types: [], redirect_uris: [], scope: [] })
  })
  it.each([
    ['without a resource', API, abilities],
    ['of no resource', API, { ...abilities, operators: operatorsOf([{ operatedBy: ['other'] }]) }],
    ['that can not prove who it is', { client_id: 'api', token_endpoint_auth_method: 'none', grant_types: [] }, { ...abilities, operators }],
  ] as const)('can do nothing %s', (_, metadata, able) => {
    expect(parseClient(metadata, able)).toEqual([expect.objectContaining({ path: 'grant_types', reason: 'is empty, so that the client can do nothing' })])
  })
  it('is known by its name at the resources that name it', () => {
    expect([...operators]).toEqual(['api', 'other'])
    const [first] = catalogue.resources
    const client = clientOf({ client_id: 'api', client_secret: SECRET, grant_types: ['client_credentials'] })
    expect(first && operates(client, first)).toBe(false)
    expect(first && operates(client, { ...first, operatedBy: ['api'] })).toBe(true)
  })
})
