import { spawn } from 'node:child_process'
import path from 'node:path'
import { bootstrap, command, node, root, toolEnvironment } from './bootstrap.mjs'
import { chromium } from './chromium.mjs'

let prepared = false

await command(async () => {
  await bootstrap()
  const env = { ...toolEnvironment(), CHROMIUM_PATH: chromium() }
  prepared = true
  const child = spawn(node, [path.join(root, 'tools/verify.ts'), ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
})

if (!prepared) process.stdout.write('0 passed, 1 failed\n')
