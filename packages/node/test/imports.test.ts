import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const folder = path.resolve(import.meta.dirname, '..')
const entries = { '@latchkey/node': 'createWebAuth', '@latchkey/node/express': 'express', '@latchkey/node/fastify': 'fastify', '@latchkey/node/hono': 'hono', '@latchkey/node/next': 'next', '@latchkey/client': 'createClient', '@latchkey/client/parts': 'createRelyingParty' }

describe('every entry point can be imported, and does nothing then,', () => {
  it.each(['module', 'commonjs'])('from %s', async (kind) => {
    const load = kind === 'module' ? (name: string) => `await import(${JSON.stringify(name)})` : (name: string) => `require(${JSON.stringify(name)})`
    const source = `const before = Object.keys(globalThis).length; const all = [${Object.entries(entries).map(([name, its]) => `typeof (${load(name)}).${its}`).join(', ')}]; console.log(all.join(' '), Object.keys(globalThis).length - before)`
    const { stdout, stderr } = await run(process.execPath, ['--conditions=@latchkey/source', `--input-type=${kind}`, '-e', source], { cwd: folder })
    expect({ stdout, stderr }).toEqual({ stdout: `${Object.values(entries).map(() => 'function').join(' ')} 0\n`, stderr: '' })
  })
  it('and none brings a framework along', () => {
    const { dependencies } = createRequire(import.meta.url)('../package.json') as { dependencies: Record<string, string> }
    expect(Object.keys(dependencies).sort()).toEqual(['@latchkey/client', '@latchkey/core', 'jose', 'uqr'])
  })
})
