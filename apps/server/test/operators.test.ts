import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasFindings, loadConfiguration } from '../src/config/load.ts'
import { GOOD } from './bad-configurations.ts'
import { emptyFolder } from './terminal.ts'

const api = { client_id: 'api-1', client_secret: 'a secret of the API that nobody can guess', grant_types: [] }
const resource = { resource: 'https://api.example.com', scopes: ['api'] }

/** What a configuration with these members comes to: its resources, or where it is wrong and why. */
async function read(changes: { clients: readonly unknown[]; resources: readonly unknown[] }): Promise<unknown> {
  const folder = emptyFolder()
  writeFileSync(path.join(folder, 'latchkey.config.json'), JSON.stringify({ ...GOOD, ...changes }))
  const outcome = await loadConfiguration({}, {}, folder)
  return hasFindings(outcome) ? outcome.findings.map((finding) => `${finding.path} ${finding.reason}`) : outcome.configuration.resources
}

describe('the software behind a resource', () => {
  it('is named by its client_id, and needs no grant', async () => {
    expect(await read({ clients: [...GOOD.clients, api], resources: [{ ...resource, access_token_format: 'opaque', operatedBy: ['api-1'] }] })).toEqual([{ ...resource, access_token_format: 'opaque', operatedBy: ['api-1'] }])
  })
  it('must be a client', async () => {
    expect(await read({ clients: GOOD.clients, resources: [{ ...resource, operatedBy: ['nosuch'] }] })).toEqual(['resources[0].operatedBy[0] nosuch is no client'])
  })
  it('has nothing to do unless a resource names it', async () => {
    const at = GOOD.clients.length
    expect(await read({ clients: [...GOOD.clients, api], resources: [resource] })).toEqual([`clients[${at}].grant_types is empty, so that the client can do nothing`])
  })
  it('can not be a list of other things', async () => {
    expect(await read({ clients: [...GOOD.clients, api], resources: [{ ...resource, operatedBy: 'api-1' }] })).toEqual(expect.arrayContaining(['resources[0].operatedBy is a text, not a list']))
  })
})
