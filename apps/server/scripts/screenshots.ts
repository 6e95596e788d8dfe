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
const all = Object.keys(sizes)
const shown: Readonly<Record<string, readonly string[]>> = values.all ? Object.fromEntries(Object.keys(samples).map((name) => [name, all])) : { login: all, consent: all, device: ['phone'] }

await mkdir(values.out, { recursive: true })
await visitSamples(async (browser, origin) => {
  for (const [name, wanted] of Object.entries(shown)) {
    for (const [size, viewport] of Object.entries(sizes).filter(([each]) => wanted.includes(each))) {
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
