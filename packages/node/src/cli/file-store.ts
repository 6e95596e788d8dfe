import { AuthError } from '@latchkey/client'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

/** Where a command line keeps its tokens between two runs. */
export interface TokenStore {
  /** Answers the text kept under a key. */
  get(key: string): Promise<string | null | undefined>
  /** Keeps a text. */
  set(key: string, text: string): Promise<unknown>
  /** Forgets a key. */
  delete(key: string): Promise<unknown>
  /** Does work while no other process does. */
  lock?<T>(key: string, work: () => Promise<T>): Promise<T>
}

/** How often, in milliseconds, a lock that is held is tried again. */
const TRY_EVERY = 25
/** Milliseconds after which a lock counts as left behind by a process that died. */
const STALE_AFTER = 60_000
/** Milliseconds for which a lock is waited for. */
const WAIT_FOR = 90_000

/**
 * Creates a store in one file that only its owner can read. Each write replaces the file at once, so that no reader sees half of it, and a
 * lock file beside it lets one process at a time decide about a refresh. `~/` stands for the home folder.
 */
export function fileStore(file: string): TokenStore {
  const at = file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : path.resolve(file)

  async function readAll(): Promise<Record<string, string>> {
    const text = await readFile(at, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw failed('cannot be read', error)
    })
    try {
      const value: unknown = JSON.parse(text)
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
      return isRecord ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
    } catch {
      return {}
    }
  }

  async function writeAll(entries: Readonly<Record<string, string>>): Promise<void> {
    const fresh = `${at}.${randomUUID()}`
    try {
      await mkdir(path.dirname(at), { recursive: true, mode: 0o700 })
      const handle = await open(fresh, 'wx', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(entries)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await chmod(fresh, 0o600)
      await rename(fresh, at)
    } catch (error) {
      await rm(fresh, { force: true })
      throw failed('cannot be written', error)
    }
  }

  return {
    get: async (key) => (await readAll())[key],
    set: async (key, text) => writeAll({ ...(await readAll()), [key]: text }),
    async delete(key) {
      const { [key]: found, ...others } = await readAll()
      if (found !== undefined) await writeAll(others)
    },
    async lock(_, work) {
      const release = await acquire(`${at}.lock`)
      try {
        return await work()
      } finally {
        await release()
      }
    },
  }
}

async function acquire(file: string): Promise<() => Promise<void>> {
  const mark = randomUUID()
  const until = Date.now() + WAIT_FOR
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  while (!(await claim(file, mark))) {
    if (Date.now() > until) throw failed('is locked by another process', undefined)
    await breakStale(file)
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY))
  }
  return async () => {
    // Whoever took this lock for one left behind holds it now.
    if ((await readFile(file, 'utf8').catch(() => '')) === mark) await unlink(file).catch(() => undefined)
  }
}

async function claim(file: string, mark: string): Promise<boolean> {
  try {
    await writeFile(file, mark, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw failed('cannot be locked', error)
  }
}

async function breakStale(file: string): Promise<void> {
  if (!(await isStale(file))) return
  const guard = `${file}.break`
  if (await isStale(guard)) await rm(guard, { force: true })
  // Of several who find it stale one at a time looks again, so that none takes away the lock of the next holder.
  if (!(await claim(guard, ''))) return
  if (await isStale(file)) await rm(file, { force: true })
  await rm(guard, { force: true })
}

async function isStale(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs >= STALE_AFTER
}

function failed(what: string, cause: unknown): AuthError {
  return new AuthError(`the file with the tokens ${what}`, { code: 'storage_failed', phase: 'config', cause })
}
