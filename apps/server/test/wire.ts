import { connect, type Socket } from 'node:net'

/** What a server answered on a connection, as it stood on the wire. */
export interface Wire {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Opens a connection to this machine. */
export function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Everything that comes by a connection until its end. */
export async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

/** Sends a text as it stands, and reads the one answer to it. */
export async function sent(port: number, text: string): Promise<Wire> {
  const socket = await connected(port)
  const all = received(socket)
  socket.write(text, 'latin1')
  return read(await all)
}

/** An answer that ends with its connection. */
export function read(text: string): Wire {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
  return { status: Number(first.split(' ')[1]), headers, body: body.join('\r\n\r\n') }
}
