import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { pageHeaders, stylesheet } from '../src/pages/index.ts'
import { samples } from './samples.ts'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    out: { type: 'string', default: new URL('../../../docs/images', import.meta.url).pathname },
    chromium: { type: 'string', default: process.env['CHROMIUM'] ?? '/usr/bin/chromium' },
  },
})
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }
const shown = values.all ? Object.keys(samples) : ['login', 'consent']

/** Serves the samples on a free loopback port; answers its origin and how to stop it. */
async function serveSamples(): Promise<{ origin: string; stop: () => void }> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    if (path.startsWith(stylesheet.path)) return response.writeHead(200, { 'content-type': 'text/css' }).end(stylesheet.css)
    const page = samples[path.slice(1)]
    if (page === undefined) return response.writeHead(404).end()
    return response.writeHead(200, pageHeaders({ logo_uri: 'data:image/svg+xml,' })).end(String(await page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port to serve the samples at')
  return { origin: `http://127.0.0.1:${address.port}`, stop: () => server.close() }
}

async function photograph(browser: Browser, origin: string): Promise<void> {
  for (const name of shown) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport, colorScheme })
        await page.goto(`${origin}/${name}`)
        const path = `${values.out}/${name}-${size}-${colorScheme}.png`
        await page.screenshot({ path, caret: 'hide', fullPage: size === 'phone' })
        console.log(path)
        await page.close()
      }
    }
  }
}

await mkdir(values.out, { recursive: true })
const { origin, stop } = await serveSamples()
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  await photograph(browser, origin)
} finally {
  await browser.close()
  stop()
}
