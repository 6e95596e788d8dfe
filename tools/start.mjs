import { existsSync } from 'node:fs'
import path from 'node:path'
import { BootstrapFailure, bootstrap, command, node, root, toolEnvironment } from './bootstrap.mjs'
import { supervise } from './supervise.mjs'

const SERVER_SETTING = 'LATCHKEY_PORT'
/** The port of the SPA; the web app and the resource server come right after it. */
const EXAMPLES_SETTING = 'LATCHKEY_EXAMPLE_PORT_BASE'

/**
 * Reads a port from the environment.
 * @param {string} name
 * @param {number} otherwise
 */
function portFrom(name, otherwise) {
  const written = process.env[name]
  if (written === undefined || written === '') return otherwise
  const port = Number(written)
  if (!Number.isInteger(port) || port < 1 || port > 65_530) throw new BootstrapFailure(`${name} is "${written}", which is not a port number.`)
  return port
}

/**
 * The built file that a part of the demo starts with.
 * @param {string} folder
 * @param {string} file
 */
function built(folder, file) {
  const entry = path.join(root, folder, file)
  if (!existsSync(entry)) throw new BootstrapFailure(`${folder} has no ${file}: the build did not make it.`)
  return entry
}

/** Where the demo listens: the server, and the examples on ports in a row. */
function addresses() {
  const port = portFrom(SERVER_SETTING, 4700)
  const base = portFrom(EXAMPLES_SETTING, 4701)
  const issuer = process.env.LATCHKEY_ISSUER || `http://localhost:${port}`
  return { port, issuer, spa: base, webApp: base + 1, resourceServer: base + 2 }
}

/**
 * The demo's programs, in the order in which they are listed on the screen.
 * @param {ReturnType<typeof addresses>} at
 * @returns {import('./supervise.mjs').Part[]}
 */
function demo(at) {
  const env = { ...toolEnvironment(), [EXAMPLES_SETTING]: String(at.spa) }
  const forExamples = {
    ...env,
    LATCHKEY_ISSUER: at.issuer,
    LATCHKEY_EXAMPLE_SPA_PORT: String(at.spa),
    LATCHKEY_EXAMPLE_SPA_ORIGIN: `http://localhost:${at.spa}`,
    LATCHKEY_EXAMPLE_WEB_PORT: String(at.webApp),
    LATCHKEY_EXAMPLE_API_PORT: String(at.resourceServer),
    LATCHKEY_EXAMPLE_API: `http://localhost:${at.resourceServer}`,
  }
  /** @type {(name: string, port: number) => import('./supervise.mjs').Part} */
  const example = (name, port) => ({
    name, command: node, parameters: [built(`apps/examples/${name}`, 'dist/main.js')], env: forExamples, port, portSetting: EXAMPLES_SETTING,
    url: `http://localhost:${port}/`,
  })
  return [
    {
      name: 'server', command: node, parameters: [built('apps/server', 'dist/cli.js'), 'serve'], env: { ...env, [SERVER_SETTING]: String(at.port) },
      port: at.port, portSetting: SERVER_SETTING, url: `http://localhost:${at.port}/.well-known/openid-configuration`,
    },
    example('spa', at.spa),
    example('web-app', at.webApp),
    example('resource-server', at.resourceServer),
    { name: 'service', command: node, parameters: [built('apps/examples/service', 'dist/main.js')], env: forExamples, once: true },
  ]
}

/** What a newcomer needs to know once everything is up. @param {ReturnType<typeof addresses>} at */
function summary(at) {
  const bold = (/** @type {string} */ text) => process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text
  return `
${bold('Latchkey is up.')} This is a demo: its users, clients and secrets are public.

  Open       ${bold(`http://localhost:${at.spa}`)}   (the example single-page application)
             ${bold(`http://localhost:${at.webApp}`)}   (the example web application)
  Sign in    alice / alice   or   bob / bob
  Discovery  ${at.issuer}/.well-known/openid-configuration

  Get a token by client credentials:

  curl -u service:service-secret-for-the-demo-only-1 -d grant_type=client_credentials -d scope=api ${at.issuer}/token

  Stop with Ctrl-C.

`
}

await command(async () => {
  if (process.argv.length > 2) throw new BootstrapFailure('npm start takes no arguments. To run a server of your own: npm run -s latchkey -- serve --config FILE')
  const at = addresses()
  await bootstrap()
  process.exitCode = await supervise(demo(at), { cwd: root, summary: () => summary(at) })
})
