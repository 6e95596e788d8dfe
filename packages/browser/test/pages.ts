import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { listen, type Listening } from './listening.ts'

/** Builds what an application would serve, and answers the files by name. */
export async function bundle(source: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('..', import.meta.url)), loader: 'ts', sourcefile: 'main.ts' },
    bundle: true, minify: true, format: 'esm', target: 'es2022', splitting: true, outdir: '/out', write: false, conditions: ['@latchkey/source'], logLevel: 'silent',
  })
  return new Map(outputFiles.map(file => [file.path.replace('/out', ''), file.text]))
}

/** An application: its pages, and an API that tells which token it was sent and takes none in `rejected`. */
export interface Pages extends Listening {
  readonly apiCalls: string[]
  readonly rejected: Set<string>
  /** The DPoP proofs that the API was sent; it wants its own nonce in them. */
  readonly proofs: string[]
}

const NONCE = 'nonce-of-the-api'

function proves(proof: string, nonce: string): boolean {
  return payloadOf(proof)['nonce'] === nonce
}

/** What a proof says. */
export function payloadOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}

/** Serves an empty page that offers the SDK as `latchkey`, at any path but `/api` and the script's. */
export async function servePages(): Promise<Pages> {
  const [page, worker] = await Promise.all([
    bundle("import * as latchkey from './src/index.ts'; Object.assign(globalThis, { latchkey })"),
    bundle("import './src/worker.ts'"),
  ])
  const scripts = new Map([...page, ['/worker.js', worker.get('/stdin.js') ?? '']])
  const apiCalls: string[] = []
  const rejected = new Set<string>()
  const proofs: string[] = []
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    const script = scripts.get(path === '/main.js' ? '/stdin.js' : path ?? '')
    if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script)
    else if (path === '/api') {
      const token = request.headers.authorization ?? ''
      apiCalls.push(token)
      const nonce = request.headers.dpop === undefined || proves(String(request.headers.dpop), NONCE) ? {} : { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': NONCE }
      if (request.headers.dpop !== undefined) proofs.push(String(request.headers.dpop))
      response.writeHead(rejected.has(token) || 'dpop-nonce' in nonce ? 401 : 200, { ...nonce, 'access-control-expose-headers': '*', 'content-type': 'application/json', 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end('{}')
    } else response.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title><script type="module" src="/main.js"></script>')
  })
  return { ...await listen(server), apiCalls, rejected, proofs }
}
