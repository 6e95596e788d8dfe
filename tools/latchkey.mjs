import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { bootstrap, command, node, root, toolEnvironment } from './bootstrap.mjs'

await command(async () => {
  await bootstrap('stderr')
  const child = spawn(node, [path.join(root, 'apps/server/dist/cli.js'), ...process.argv.slice(2)], { cwd: root, env: toolEnvironment(), stdio: 'inherit' })
  // A terminal sends Ctrl-C to the whole group, so that the child has it already; only what was sent to this process alone is passed on.
  process.on('SIGINT', () => { if (!process.stdin.isTTY) child.kill('SIGINT') })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
})
