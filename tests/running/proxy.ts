import { connect, createServer, type Socket } from 'node:net'

/** What becomes of what is said: it is passed on; nothing is passed on, either way; or the next words to the server are passed on and the line is cut. */
export type Passing = 'all' | 'nothing' | 'no answer to what comes next'

/** A place between a client and a server, which can get in the way. */
export interface Proxy {
  readonly port: number
  passing(how: Passing): void
  /** How many lines were cut so that an answer was lost. */
  readonly cuts: () => number
  stop(): Promise<void>
}

/** Listens on a free port of this machine and passes on to another one. */
export async function startProxy(to: number): Promise<Proxy> {
  let how: Passing = 'all'
  let cuts = 0
  const sockets = new Set<Socket>()
  const muted = new WeakSet<Socket>()
  const server = createServer((client) => {
    const onward = connect(to, '127.0.0.1')
    for (const [socket, other] of [[client, onward], [onward, client]] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => (sockets.delete(socket), other.destroy()))
    }
    client.on('data', (said) => {
      if (how === 'nothing') return
      if (how === 'no answer to what comes next') {
        how = 'all'
        muted.add(client)
        // The server answers that it is done, and nobody hears it.
        onward.once('data', () => {
          cuts++
          client.destroy()
        })
      }
      onward.write(said)
    })
    onward.on('data', (said) => {
      if (how !== 'nothing' && !muted.has(client)) client.write(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    passing: (next) => void (how = next),
    cuts: () => cuts,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
