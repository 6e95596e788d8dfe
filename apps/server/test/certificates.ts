import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { generate } from 'selfsigned'

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

interface Wanted {
  readonly keyType?: 'rsa' | 'ec'
  readonly passphrase?: string
  readonly host?: string
  readonly until?: Date
}

/** Makes a certificate of its own authority for this machine. */
export async function certificateFor({ keyType = 'ec', passphrase, host = 'localhost', until }: Wanted = {}): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: host }], {
    keyType,
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 172_800_000),
    ...(until === undefined ? {} : { notAfterDate: until }),
    ...(passphrase === undefined ? {} : { passphrase }),
    extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames: [{ type: 2, value: host }, ...(host === 'localhost' ? [{ type: 7 as const, ip: '127.0.0.1' }] : [])] }],
  })
  return { cert: made.cert, key: made.private }
}

/** Writes a certificate and its key into a folder, as `tls.crt` and `tls.key` unless told. */
export function writePair(folder: string, { cert, key }: Pair, name = 'tls'): void {
  writeFileSync(path.join(folder, `${name}.crt`), cert)
  writeFileSync(path.join(folder, `${name}.key`), key)
}
