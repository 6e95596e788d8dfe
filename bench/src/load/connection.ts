import { createConnection } from 'node:net'

/** An HTTP answer, as far as a load needs it. */
export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** One keep-alive connection that has at most one request under way. */
export interface Connection {
  ask(request: string): Promise<Answer>
  close(): void
}

/**
 * A connection to a port of this machine. It knows just enough HTTP/1.1 to tell where an answer ends, so that the load costs its core
 * much less than the answer costs the server's: what is measured is the server.
 */
export function connect(port: number): Promise<Connection> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  let received = ''
  let waiting: { resolve(answer: Answer): void; reject(fault: Error): void } | undefined
  socket.on('data', (chunk: string) => {
    received += chunk
    const answer = parseAnswer(received)
    if (answer === undefined) return
    received = ''
    const asked = waiting
    waiting = undefined
    asked?.resolve(answer)
  })
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')))
  const connection: Connection = {
    ask: (request) =>
      new Promise<Answer>((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the server closed the connection'))
        waiting = { resolve, reject }
        socket.write(request, 'latin1')
      }),
    close: () => void socket.destroy(),
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      resolve(connection)
    })
    socket.once('error', reject)
  })
}

/** The answer that the text spells, `undefined` until all of it is there. @spec RFC 9112 §6.3 */
function parseAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const status = Number(head.slice(9, 12))
  const body = text.slice(end + 4)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return body.length < Number(length) ? undefined : { status, head, body }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, head, body: '' }
  return body === '0\r\n\r\n' || body.endsWith('\r\n0\r\n\r\n') ? { status, head, body } : undefined
}
