import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { visitSamples } from './sample-browser.ts'
import { samples } from './samples.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
let findings = 0

function report(where: string, finding: string): void {
  findings++
  console.error(`${where}: ${finding}`)
}

await visitSamples(async (browser, origin) => {
  for (const name of Object.keys(samples)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1280]) {
        const where = `${name}, ${colorScheme}, ${width} px`
        const page = await browser.newPage({ viewport: { width, height: 740 }, colorScheme })
        page.on('console', (message) => report(where, message.text()))
        await page.goto(`${origin}/${name}`)
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) report(where, 'scrolls sideways')
        // Evaluated by the debugger, so that the page's own policy stays as strict as it is.
        const { violations } = await page.evaluate<AxeResults>(`(() => { ${axe}; return axe.run(document, { runOnly: ${JSON.stringify(RULES)} }) })()`)
        for (const { id, help, nodes } of violations) report(where, `${id}: ${help} (${nodes.map(({ html }) => html).join(' ')})`)
        await page.close()
      }
    }
  }
})

console.log(`${Object.keys(samples).length} pages, ${findings} findings`)
process.exitCode = findings === 0 ? 0 : 1
