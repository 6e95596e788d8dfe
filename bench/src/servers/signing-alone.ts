import { generateKeyPairSync, sign } from 'node:crypto'
import { announce, settingOf } from '../setting.ts'

/** The limit of whatever signs: node:crypto in its fastest form, with a bare key and DER left as it comes, on the signing input of an access token. */
const { alg } = settingOf(process.argv)
const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
const input = new TextEncoder().encode('x'.repeat(350))

function signFor(seconds: number): number {
  const until = performance.now() + seconds * 1000
  let signed = 0
  for (; performance.now() < until; signed++) sign('sha256', input, privateKey)
  return signed
}

process.on('message', (seconds: number) => {
  const began = performance.now()
  const count = signFor(seconds)
  process.send?.({ count, seconds: (performance.now() - began) / 1000 })
})
announce(0)
