import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// Resolved through the package's own `imports`, so that source and bundle find the same file.
const css = readFileSync(createRequire(import.meta.url).resolve('#stylesheet'), 'utf8')
const path = '/assets/latchkey.css'

/** The one stylesheet of the pages: the path it is served at, the link to it with a hash of its content, and its text. */
export const stylesheet = {
  path,
  href: `${path}?v=${createHash('sha256').update(css).digest('hex').slice(0, 12)}`,
  css,
} as const

/** Answers the stylesheet; whoever asked with the hash may keep it for a year. */
export function answerStylesheet(request: Request): Response {
  const isCurrent = request.url.endsWith(stylesheet.href)
  return new Response(css, {
    headers: {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': isCurrent ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
      'x-content-type-options': 'nosniff',
    },
  })
}
