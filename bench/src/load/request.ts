import { CLIENT_ID, CLIENT_SECRET } from '../setting.ts'

const BASIC = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')

/** A token request, as bytes on the wire. */
export function tokenRequest(port: number, parameters: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams(parameters).toString()
  return `POST /token HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Basic ${BASIC}\r\ncontent-type: application/x-www-form-urlencoded\r\naccept: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** What a browser sends to follow a link. */
export function pageRequest(port: number, path: string, cookies: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/html\r\n${cookies === '' ? '' : `cookie: ${cookies}\r\n`}\r\n`
}
