import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * One program to keep running beside the others.
 * @typedef {object} Part
 * @property {string} name shown before each line that the program writes
 * @property {string} command
 * @property {readonly string[]} parameters
 * @property {NodeJS.ProcessEnv} env
 * @property {number} [port] where it is going to listen on localhost
 * @property {string} [portSetting] the environment variable that chooses another port
 * @property {string} [url] any answer from here means that the program is up
 * @property {boolean} [once] it runs to its end, after the others are up
 */

/**
 * @typedef {object} Settings
 * @property {string} cwd
 * @property {() => string} summary what to print when all parts are up
 * @property {number} [startWithin] milliseconds until every part has to answer
 * @property {number} [stopWithin] milliseconds a part has for a clean stop before it is killed
 */

/** A reason to stop that is told in one sentence. */
class Stop extends Error {}

const COLOURS = [36, 35, 33, 32, 34]

/**
 * Answers whether something accepts connections on a port of this machine, over IPv4 or IPv6.
 * @param {number} port
 */
export async function taken(port) {
  const tries = ['127.0.0.1', '::1'].map((host) => new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  }))
  return (await Promise.all(tries)).includes(true)
}

/**
 * Prints each line of a program's output behind its name.
 * @param {import('node:child_process').ChildProcess} child
 * @param {Part} part
 * @param {number} width
 * @param {number} colour
 */
function prefixed(child, part, width, colour) {
  for (const [source, target] of /** @type {const} */ ([[child.stdout, process.stdout], [child.stderr, process.stderr]])) {
    if (source === null) continue
    const name = part.name.padEnd(width)
    const prefix = target.isTTY ? `\u001b[${colour}m${name}\u001b[0m` : name
    createInterface({ input: source, crlfDelay: Infinity }).on('line', (line) => target.write(`${prefix} | ${line}\n`))
  }
}

/** Runs parts together: starts them, waits until they answer, and stops all of them as one. */
class Group {
  /** @type {Map<Part, import('node:child_process').ChildProcess>} */
  #running = new Map()
  /** @type {Set<Promise<void>>} */
  #ends = new Set()
  #stopping = false
  /** @type {(reason: Stop) => void} */
  #fail = () => {}
  /** Rejects with the reason as soon as a part dies unasked. @type {Promise<never>} */
  died = new Promise((_, reject) => { this.#fail = reject })

  /** @param {readonly Part[]} parts @param {Settings} settings */
  constructor(parts, settings) {
    this.parts = parts
    this.settings = settings
    this.width = Math.max(...parts.map(({ name }) => name.length))
    this.died.catch(() => {})
  }

  /**
   * Starts a part; resolves to its exit code when it has ended.
   * @param {Part} part
   * @returns {Promise<number | null>}
   */
  start(part) {
    // A process group of its own keeps the terminal's Ctrl-C away from the part, so that it hears of a stop only once: from here.
    const child = spawn(part.command, part.parameters, { cwd: this.settings.cwd, env: part.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    prefixed(child, part, this.width, COLOURS[this.parts.indexOf(part) % COLOURS.length] ?? 36)
    this.#running.set(part, child)
    /** @type {Promise<number | null>} */
    const ended = new Promise((resolve) => {
      child.once('error', (cause) => {
        this.#running.delete(part)
        if (!this.#stopping) this.#fail(new Stop(`${part.name} could not be started: ${cause.message}`))
        resolve(null)
      })
      child.once('close', (code, signal) => {
        this.#running.delete(part)
        if (!this.#stopping && part.once !== true) this.#fail(new Stop(`${part.name} has stopped unexpectedly (${signal ?? `exit code ${code}`}).`))
        resolve(code)
      })
    })
    this.#ends.add(ended.then(() => {}))
    return ended
  }

  /**
   * Resolves when a part answers; rejects when it does not in time.
   * @param {Part} part
   */
  async answers(part) {
    if (part.url === undefined) return
    const startWithin = this.settings.startWithin ?? 60_000
    const deadline = Date.now() + startWithin
    while (Date.now() < deadline && !this.#stopping) {
      try {
        const response = await fetch(part.url, { redirect: 'manual', signal: AbortSignal.timeout(5000) })
        await response.body?.cancel()
        if (response.status < 500) return
      } catch {
        // Not up yet: a refused connection is the expected answer here.
      }
      await pause(150)
    }
    throw new Stop(`${part.name} does not answer at ${part.url} after ${startWithin / 1000} seconds.`)
  }

  /**
   * Asks every part to stop and waits; what is left after `stopWithin` is killed. Answers whether all of them went by themselves.
   * @param {'SIGTERM' | 'SIGINT'} signal
   */
  async stop(signal) {
    this.#stopping = true
    for (const child of this.#running.values()) child.kill(signal)
    const timer = new AbortController()
    const late = pause(this.settings.stopWithin ?? 10_000, 'late', { signal: timer.signal }).catch(() => 'ended')
    const outcome = await Promise.race([Promise.all(this.#ends).then(() => 'ended'), late])
    timer.abort()
    if (outcome === 'ended') return true
    for (const [part, child] of this.#running) {
      process.stderr.write(`${part.name} did not stop in time and was killed.\n`)
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    await Promise.all(this.#ends)
    return false
  }

  /** Starts everything that stays, waits for it, then runs what runs once. */
  async begin() {
    const staying = this.parts.filter((part) => part.once !== true)
    for (const { name, port, portSetting } of staying) {
      const remedy = portSetting === undefined ? '' : `, or choose another port with ${portSetting}`
      if (port !== undefined && await taken(port)) throw new Stop(`Port ${port}, which ${name} needs, is in use. Stop the program that listens there${remedy}.`)
    }
    await Promise.race([this.died, Promise.all(staying.map((part) => { void this.start(part); return this.answers(part) }))])
    for (const part of this.parts.filter(({ once }) => once === true)) {
      const code = await Promise.race([this.died, this.start(part)])
      if (code !== 0 && !this.#stopping) process.stderr.write(`${part.name} failed${code === null ? '' : ` with exit code ${code}`}; everything else keeps running.\n`)
    }
    if (!this.#stopping) process.stdout.write(this.settings.summary())
  }
}

/** Resolves to the signal by which this process is asked to stop; the death of the npm that started it counts as one. */
function askedToStop() {
  return new Promise((/** @type {(signal: 'SIGTERM' | 'SIGINT') => void} */ resolve) => {
    process.on('SIGINT', () => resolve('SIGINT'))
    process.on('SIGTERM', () => resolve('SIGTERM'))
    process.on('SIGHUP', () => resolve('SIGTERM'))
    // A shell between npm and this process may keep the signal to itself, and a killed npm sends none.
    const parent = process.ppid
    if (process.env.npm_lifecycle_event !== undefined) setInterval(() => { if (process.ppid !== parent) resolve('SIGTERM') }, 500).unref()
  })
}

/**
 * Runs parts together until one dies or a signal arrives. Resolves to the exit code: 0 after a stop that was asked for, 1 otherwise.
 * @param {readonly Part[]} parts
 * @param {Settings} settings
 * @returns {Promise<0 | 1>}
 */
export async function supervise(parts, settings) {
  const group = new Group(parts, settings)
  const asked = askedToStop()
  try {
    const signal = await Promise.race([asked, group.begin().then(() => Promise.race([asked, group.died]))])
    return await group.stop(signal) ? 0 : 1
  } catch (reason) {
    await group.stop('SIGTERM')
    if (!(reason instanceof Stop)) throw reason
    process.stderr.write(`${reason.message}\n`)
    return 1
  }
}
