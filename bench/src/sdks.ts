import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { CONTESTANTS } from './sdk/contestants.ts'
import { tryOut, type Outcome } from './sdk/trials.ts'

const SWITCHES = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args: SWITCHES })
const version = browser.version()
const outcomes: Outcome[] = []
try {
  for (const contestant of CONTESTANTS) {
    const outcome = await tryOut(contestant, browser)
    console.log(JSON.stringify(outcome))
    outcomes.push(outcome)
  }
} finally {
  await browser.close()
}
const results = fileURLToPath(new URL('../results/', import.meta.url))
mkdirSync(results, { recursive: true })
writeFileSync(`${results}browser-sdks.md`, report(outcomes))
console.log(`\nwritten to ${results}browser-sdks.md`)

function report(outcomes: readonly Outcome[]): string {
  return `# SDKs for single-page applications, side by side

Measured ${new Date().toISOString().slice(0, 10)} in Chromium ${version}, against oidc-provider ${versionOf('oidc-provider')} with refresh tokens that rotate and a session that ends when one is used twice.
Each contestant keeps its tokens in \`localStorage\`, so that tabs share them, and is otherwise set up as its manual says. \`pnpm bench:sdks\` runs it again.

| | version | six tabs at once: tokens | refreshes | session afterwards | unsigned ID Token for another client | response taken twice: succeeded | redemptions | session afterwards | first load, bytes |
| --- | --- | --: | --: | --- | --- | --: | --: | --- | --: |
${outcomes.map(({ name, tabs, takesUnsigned, twice, size }) => `| ${name} | ${name.startsWith('@latchkey/') ? 'this' : versionOf(name)} | ${tabs.successes} of 6 | ${tabs.calls} | ${alive(tabs.isAlive)} | ${takesUnsigned ? 'taken' : 'refused'} | ${twice.successes} of 2 | ${twice.calls} | ${alive(twice.isAlive)} | ${size.toLocaleString('en')} |`).join('\n')}

**Six tabs at once**: six tabs of one session force a refresh in the same millisecond. One refresh is the least it takes; afterwards a seventh tab refreshes once more.
**Unsigned ID Token**: the token endpoint's answer is replaced on its way by one whose ID Token has \`alg: none\` and another \`aud\`.
**Response taken twice**: one page handles its callback twice at once, as a component does that is mounted twice.
**First load**: an application that signs in, takes the response and refreshes; esbuild, minified, ESM, es2022, split, each file compressed by gzip, without what is loaded later.
`
}

function alive(isAlive: boolean): string {
  return isAlive ? 'alive' : 'lost'
}

function versionOf(name: string): string {
  let folder = createRequire(import.meta.url).resolve(name)
  for (;;) {
    folder = folder.slice(0, folder.lastIndexOf('/'))
    try {
      const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { name?: string; version?: string }
      if (manifest.name === name) return manifest.version ?? 'unknown'
    } catch {
      if (folder === '') return 'unknown'
    }
  }
}
