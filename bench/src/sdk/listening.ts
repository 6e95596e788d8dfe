import type { Server } from 'node:http'

/** A server on a free port of this machine. */
export interface Listening {
  readonly origin: string
  readonly close: () => Promise<void>
}

/** Lets a server listen on loopback. */
export async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
