import { createServer } from 'node:http'
import { chromium, type Browser } from 'playwright-core'
import { answerAsset, pageHeaders } from '../src/pages/index.ts'
import { logo, samples } from './samples.ts'

const SWITCHES = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Serves the sample pages on a free loopback port, opens Chromium (`$CHROMIUM`, or the system's), and closes both when the visit is over. */
export async function visitSamples(visit: (browser: Browser, origin: string) => Promise<void>): Promise<void> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const asset = answerAsset(new Request(new URL(path, 'http://localhost')))
    if (asset !== undefined) return response.writeHead(200, Object.fromEntries(asset.headers)).end(await asset.text())
    if (path.startsWith('/logos/')) return response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(logo)
    const page = samples[path.slice(1)]
    if (page === undefined) return response.writeHead(404).end()
    return response.writeHead(200, pageHeaders()).end(String(await page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port to serve the samples at')
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: SWITCHES })
  try {
    await visit(browser, `http://127.0.0.1:${address.port}`)
  } finally {
    await browser.close()
    server.close()
  }
}
