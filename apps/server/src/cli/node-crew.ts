import cluster, { type Address } from 'node:cluster'
import type { Crew } from './terminal.ts'

/** What the process that leads tells the others. */
type Word = 'stop' | 'renew'

/** Acts each time that the process that leads says this. */
export function onWord(word: Word, act: () => void): void {
  process.on('message', (said) => {
    if (said === word) act()
  })
}

/** Processes of Node that share what they listen on. They end with the one that leads. */
export const nodeCrew: Crew = {
  isLed: cluster.isWorker,
  hire() {
    const worker = cluster.fork()
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    const say = (word: Word) => void (worker.isConnected() && worker.send(word))
    return {
      listening: Promise.race([new Promise<string>((resolve) => worker.once('listening', (address) => resolve(spelled(address)))), ended.then(() => undefined)]),
      ended,
      stop: () => say('stop'),
      renew: () => say('renew'),
    }
  },
}

function spelled({ address, addressType, port }: Address): string {
  return addressType === 6 ? `[${address ?? '::'}]:${port}` : `${address ?? '[::]'}:${port}`
}
