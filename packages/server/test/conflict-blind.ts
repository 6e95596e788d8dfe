import type { Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'

/** A store that applies every write and never tells of a conflict: what the races must notice. */
export function conflictBlind(inner: Store = memoryStore()): Store {
  const current = async ({ kind, key }: Write) => (await inner.gather({ row: { need: 'find', kind, key } })).row?.revision
  return {
    ...inner,
    async commit(writes) {
      for (const write of writes) {
        const revision = await current(write)
        if (write.write === 'remove') continue
        await inner.commit([(revision === undefined ? { ...write, write: 'insert' } : { ...write, write: 'replace', revision }) as Write])
      }
      return 'committed'
    },
  }
}
