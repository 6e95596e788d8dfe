import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { node, root, toolEnvironment } from './bootstrap.mjs'
import { tree } from './fixture.ts'
import { taken } from './supervise.mjs'

const SERVER = `
import { createServer } from 'node:http'
const [port, habit] = process.argv.slice(2)
createServer((request, response) => response.end('hello')).listen(Number(port), '127.0.0.1', () => console.log('listening'))
if (habit === 'stubborn') process.on('SIGTERM', () => console.log('no'))
else process.on('SIGTERM', () => { console.log('bye'); process.exit(0) })
if (habit === 'mortal') setTimeout(() => process.exit(3), 400)
`

const RUNNER = `
import { supervise } from ${JSON.stringify(path.join(root, 'tools/supervise.mjs'))}
const parts = JSON.parse(process.env.PARTS).map((part) => ({ ...part, command: process.execPath, env: process.env }))
process.exitCode = await supervise(parts, { cwd: process.cwd(), summary: () => 'all up\\n', ...JSON.parse(process.env.LIMITS) })
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const part = (name: string, port: number, habit = 'good') => ({ name, port, url: `http://127.0.0.1:${port}/`, parameters: ['server.mjs', String(port), habit] })

/** A program that runs, with all it has printed so far. */
class Run {
  output = ''
  readonly child: ChildProcess
  readonly ended: Promise<number | null>

  constructor(child: ChildProcess) {
    this.child = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { this.output += chunk.toString() })
    this.ended = new Promise((resolve) => child.once('close', resolve))
    onTestFinished(() => void child.kill('SIGKILL'))
  }

  async prints(text: string): Promise<void> {
    while (!this.output.includes(text) && this.child.exitCode === null) await pause(20)
    expect(this.output).toContain(text)
  }
}

interface Limits {
  readonly startWithin?: number
  readonly stopWithin?: number
}

function supervised(parts: readonly object[], limits: Limits = {}, program: readonly [string, ...string[]] = [node, 'run.mjs']): Run {
  const cwd = tree({ 'server.mjs': SERVER, 'run.mjs': RUNNER, 'package.json': JSON.stringify({ name: 'x', scripts: { start: 'exec node run.mjs', 'with-shell': 'node run.mjs' } }) })
  const [command, ...parameters] = program
  return new Run(spawn(command, parameters, { cwd, env: { ...toolEnvironment(), PARTS: JSON.stringify(parts), LIMITS: JSON.stringify(limits) }, stdio: ['ignore', 'pipe', 'pipe'] }))
}

it('runs the parts until it is asked to stop, and answers 0', async () => {
  const [one, two] = [await freePort(), await freePort()]
  const run = supervised([part('one', one), part('second', two), { name: 'greeter', once: true, parameters: ['-e', 'console.log("good day")'] }])
  await run.prints('all up')
  expect(run.output).toContain('one     | listening')
  expect(run.output).toContain('second  | listening')
  expect(run.output.indexOf('greeter | good day')).toBeGreaterThan(run.output.indexOf('second  | listening'))
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(0)
  expect(run.output).toContain('one     | bye')
  expect(run.output).toContain('second  | bye')
  expect(await taken(one) || await taken(two)).toBe(false)
})

it('stops when the npm that started it is asked to stop', async () => {
  const port = await freePort()
  const run = supervised([part('one', port)], {}, ['npm', 'start'])
  await run.prints('all up')
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(0)
  expect(run.output).toContain('one | bye')
  expect(await taken(port)).toBe(false)
})

it.each([['killed', 'start', 'SIGKILL'], ['stopped behind a shell', 'with-shell', 'SIGTERM']] as const)('stops when the npm that started it is %s', async (_, script, signal) => {
  const port = await freePort()
  const run = supervised([part('one', port)], {}, ['npm', 'run', script])
  await run.prints('all up')
  run.child.kill(signal)
  await run.ended
  expect(run.output).toContain('one | bye')
  expect(await taken(port)).toBe(false)
})

it('stops everything and says which part died', async () => {
  const [one, two] = [await freePort(), await freePort()]
  const run = supervised([part('good', one), part('bad', two, 'mortal')])
  expect(await run.ended).toBe(1)
  expect(run.output).toContain('bad has stopped unexpectedly (exit code 3).')
  expect(run.output).toContain('good | bye')
  expect(await taken(one)).toBe(false)
})

it('says in one sentence that a port is in use, and starts nothing', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void squatter.close())
  await once(squatter, 'listening')
  const { port } = squatter.address() as AddressInfo
  const run = supervised([part('free', await freePort()), { ...part('one', port), portSetting: 'ONE_PORT' }])
  expect(await run.ended).toBe(1)
  expect(run.output).toBe(`Port ${port}, which one needs, is in use. Stop the program that listens there, or choose another port with ONE_PORT.\n`)
})

it('kills a part that does not stop, and answers 1', async () => {
  const port = await freePort()
  const run = supervised([part('mule', port, 'stubborn')], { stopWithin: 200 })
  await run.prints('all up')
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(1)
  expect(run.output).toContain('mule did not stop in time and was killed.')
  expect(await taken(port)).toBe(false)
})

it('gives up on a part that never answers', async () => {
  const run = supervised([{ ...part('mute', await freePort()), parameters: ['-e', 'setInterval(() => {}, 1000)'] }], { startWithin: 1000 })
  expect(await run.ended).toBe(1)
  expect(run.output).toContain('mute does not answer at')
  expect(run.output).not.toContain('at Group')
})

it('keeps the rest running when what runs once fails', async () => {
  const run = supervised([part('one', await freePort()), { name: 'greeter', once: true, parameters: ['-e', 'process.exit(2)'] }])
  await run.prints('all up')
  expect(run.output).toContain('greeter failed with exit code 2; everything else keeps running.')
  run.child.kill('SIGINT')
  expect(await run.ended).toBe(0)
})
