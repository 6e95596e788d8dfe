import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { visitSamples } from './sample-browser.ts'
import { samples } from './samples.ts'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    out: { type: 'string', default: new URL('../../../docs/images', import.meta.url).pathname },
  },
})
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }
const shown = values.all ? Object.keys(samples) : ['login', 'consent', 'device']

await mkdir(values.out, { recursive: true })
await visitSamples(async (browser, origin) => {
  for (const name of shown) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport, colorScheme })
        await page.goto(`${origin}/${name}`)
        const path = `${values.out}/${name}-${size}-${colorScheme}.png`
        await page.screenshot({ path, caret: 'hide', fullPage: true })
        console.log(path)
        await page.close()
      }
    }
  }
})
