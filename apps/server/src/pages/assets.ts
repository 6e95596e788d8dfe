import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

interface Asset {
  /** The path that the server answers. */
  readonly path: string
  /** The link to it, with a hash of its content. */
  readonly href: string
  readonly type: string
  readonly text: string
}

// Resolved through the package's own `imports`, so that source and bundle find the same file.
const resolve = createRequire(import.meta.url).resolve

function readAsset(name: string, type: string): Asset {
  const text = readFileSync(resolve(`#assets/${name}`), 'utf8')
  const path = `/assets/${name}`
  return { path, href: `${path}?v=${createHash('sha256').update(text).digest('hex').slice(0, 12)}`, type, text }
}

/** The one stylesheet of the pages. */
export const stylesheet = readAsset('latchkey.css', 'text/css; charset=utf-8')

/** The mark, as the browser's tab shows it. */
export const favicon = readAsset('latchkey.svg', 'image/svg+xml')

const key = readAsset('key.svg', 'image/svg+xml')

/** Answers a file of the pages, which whoever asks by its hash may keep for a year; undefined for any other path. */
export function answerAsset(request: Request): Response | undefined {
  const { pathname, search } = new URL(request.url)
  const asset = [stylesheet, favicon, key].find(({ path }) => path === pathname)
  if (asset === undefined) return undefined
  return new Response(asset.text, {
    headers: {
      'content-type': asset.type,
      'cache-control': asset.href === pathname + search ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    },
  })
}
