import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Contestant } from './contestants.ts'
import { listen, type Listening } from './listening.ts'

/** The application of a contestant. */
export interface Pages extends Listening {
  /** What it downloads before anybody asks for more, minified and compressed, in bytes. */
  readonly size: number
  /** Says who the issuer is, which must know this application first. */
  readonly meet: (issuer: string) => void
}

/** Serves an application that offers the contestant as `sdk`, on every path. */
export async function servePages({ page }: Contestant): Promise<Pages> {
  const contents = `const { issuer, origin } = globalThis.settings ?? {}\n${page}`
  const stdin = { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' } as const
  const { outputFiles, metafile } = await build({ stdin, bundle: true, minify: true, format: 'esm', target: 'es2022', splitting: true, outdir: '/out', write: false, metafile: true, logLevel: 'silent' })
  const files = new Map(outputFiles.map(({ path, text }) => [path.replace('/out', ''), text]))
  const outputs = Object.entries(metafile.outputs)
  const first = new Set<string>()
  const load = (name: string): void => {
    if (first.has(name)) return
    first.add(name)
    const imports = outputs.find(([path]) => path.endsWith(name))?.[1].imports ?? []
    for (const { kind, path } of imports) if (kind === 'import-statement') load(`/${path.split('/').at(-1)}`)
  }
  load('/stdin.js')
  const size = [...first].reduce((sum, name) => sum + gzipSync(files.get(name) ?? '', { level: 9 }).length, 0)
  let issuer = ''
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    if (file !== undefined) return response.setHeader('content-type', 'text/javascript').end(file)
    const settings = `globalThis.settings = { issuer: ${JSON.stringify(issuer)}, origin: location.origin }`
    return response.setHeader('content-type', 'text/html').end(`<!doctype html><title>App</title><link rel="icon" href="data:,"><script>${settings}</script><script type="module">globalThis.sdk = await import('/stdin.js')</script>`)
  })
  return {
    ...(await listen(server)),
    size,
    meet: (address) => {
      issuer = address
    },
  }
}
