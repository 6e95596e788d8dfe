import { spawn } from 'node:child_process'
import path from 'node:path'
import { bootstrap, command, node, root, toolEnvironment } from './bootstrap.mjs'

let prepared = false
process.on('exit', () => { if (!prepared) process.stdout.write('0 passed, 1 failed\n') })

await command(async () => {
  await bootstrap()
  prepared = true
  const child = spawn(node, [path.join(root, 'tools/verify.ts')], { cwd: root, env: toolEnvironment(), stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
})
