import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A temporary folder with these files, removed when the test has finished. Resolves links such as node_modules/@latchkey/core to a folder of the tree. */
export function tree(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-fixture-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const place = (file: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    return path.join(folder, file)
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(place(file), text)
  for (const [link, target] of Object.entries(links)) symlinkSync(path.join(folder, target), place(link))
  return folder
}
