import type { Answer, Connection } from './connection.ts'
import { pageRequest } from './request.ts'

const MOST_REDIRECTS = 10

/** A browser's share in a flow: it keeps cookies and follows redirects, until one leads away. */
export interface Browser {
  /** The address of another site that following the path ends at. */
  follow(path: string): Promise<string>
}

/** A browser on this connection, without cookies yet. */
export function browserOn(connection: Connection, port: number): Browser {
  const origin = `http://127.0.0.1:${port}`
  const jar = new Map<string, string>()
  let cookies = ''
  function keep({ head }: Answer): void {
    for (const [, name = '', value = '', attributes = ''] of head.matchAll(/\r\nset-cookie: *([^=]+)=([^;\r]*)([^\r]*)/gi)) {
      if (value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(attributes)) jar.delete(name)
      else jar.set(name, value)
    }
    cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }
  return {
    async follow(path) {
      let next = path
      for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
        const answer = await connection.ask(pageRequest(port, next, cookies))
        keep(answer)
        const location = /\r\nlocation: *([^\r]+)/i.exec(answer.head)?.[1]
        if (location === undefined) throw new Error(`no redirect from ${next.slice(0, 40)}: ${answer.status} ${answer.body.slice(0, 300)}`)
        if (location.startsWith('/')) next = location
        else if (location.startsWith(origin)) next = location.slice(origin.length)
        else return location
      }
      throw new Error(`more than ${MOST_REDIRECTS} redirects from ${path}`)
    },
  }
}
