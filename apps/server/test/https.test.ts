import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import path from 'node:path'
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasFindings, loadConfiguration } from '../src/config/load.ts'
import { TLS12_CIPHERS } from '../src/config/network/listen-schema.ts'
import { listen } from '../src/listener/listen.ts'
import { GOOD } from './bad-configurations.ts'
import { certificateFor, type Pair, writePair } from './certificates.ts'
import { serving, stopAll } from './serving.ts'
import { emptyFolder, ran } from './terminal.ts'
import { sent } from './wire.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

const TLS = { certificateFile: 'tls.crt', keyFile: 'tls.key' }

async function folderWith(listen: object, pair?: Pair): Promise<string> {
  const cwd = emptyFolder()
  writePair(cwd, pair ?? (await certificateFor()))
  writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...GOOD, issuer: 'https://localhost:4443', listen }))
  return cwd
}

async function servingTls(tls: object = {}, pair?: Pair) {
  const made = pair ?? (await certificateFor())
  const cwd = await folderWith({ tls: { ...TLS, ...tls } }, made)
  return { ...(await serving([], { cwd, scheme: 'https' })), ca: made.cert }
}

interface Shaken {
  readonly protocol: string | null
  readonly cipher: string
  readonly peer: PeerCertificate
}

/** What a handshake comes to, or the code by which it fails. */
function handshake(port: number, options: ConnectionOptions): Promise<Shaken | string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options })
    socket.once('secureConnect', () => {
      // By TLS 1.3 a refusal arrives after the handshake; an answer shows that there is none.
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      socket.once('data', () => {
        resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().standardName, peer: socket.getPeerCertificate() })
        socket.destroy()
      })
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

function over(origin: string, ca: string, at: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request(origin + at, { ca, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => (text += String(chunk)))
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    }).once('error', reject).end()
  })
}

describe('MTLS-3 RIG-1, the https listener', () => {
  it('MTLS-3 serves an https issuer with its own certificate, by TLS 1.3 where it may', async () => {
    const { origin, port, ca } = await servingTls()
    const { status, text } = await over(origin, ca, '/.well-known/openid-configuration')
    expect([status, JSON.parse(text)]).toMatchObject([200, { issuer: 'https://localhost:4443', token_endpoint: 'https://localhost:4443/token' }])
    expect(await handshake(port, { ca })).toMatchObject({ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' })
    expect(await handshake(port, { ca, maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' })
  })

  it('MTLS-3 refuses TLS 1.0 and 1.1, and in 1.2 every suite but ECDHE with AES-GCM', async () => {
    const { port, ca } = await servingTls({}, await certificateFor({ keyType: 'rsa' }))
    for (const version of ['TLSv1', 'TLSv1.1'] as const) expect(await handshake(port, { ca, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' })).toMatch(/^(ERR_SSL|ECONNRESET)/)
    for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA', 'DHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-CHACHA20-POLY1305']) expect([ciphers, await handshake(port, { ca, maxVersion: 'TLSv1.2', ciphers })]).toEqual([ciphers, expect.stringMatching(/^(ERR_SSL|ECONNRESET)/)])
    for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384']) expect(await handshake(port, { ca, maxVersion: 'TLSv1.2', ciphers })).toMatchObject({ protocol: 'TLSv1.2' })
  })

  it('speaks only what is configured', async () => {
    const modern = await servingTls({ minVersion: 'TLSv1.3' })
    expect(await handshake(modern.port, { ca: modern.ca, maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL/)
    const narrow = await servingTls({ ciphers: ['ECDHE-ECDSA-AES128-GCM-SHA256'] })
    expect(await handshake(narrow.port, { ca: narrow.ca, maxVersion: 'TLSv1.2' })).toMatchObject({ cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' })
  })

  it.each([['request', true], ['none', false]] as const)('MTLS-1 with clientCertificates %s the certificate of a client arrives: %j', async (clientCertificates, arrives) => {
    const [client, cwd] = [await certificateFor({ host: 'client.example' }), await folderWith({})]
    const ca = readFileSync(path.join(cwd, 'tls.crt'), 'utf8')
    const shown: unknown[] = []
    const answer = async (_: Request, { socket }: IncomingMessage) => (shown.push((socket as TLSSocket).getPeerCertificate().fingerprint256), new Response('ok'))
    const tls = { files: { certificateFile: path.join(cwd, 'tls.crt'), keyFile: path.join(cwd, 'tls.key') }, minVersion: 'TLSv1.2', ciphers: TLS12_CIPHERS, clientCertificates } as const
    const listening = await listen({ answer, refuse: async () => new Response(null, { status: 400 }) }, { host: '127.0.0.1', port: 0, tls })
    const port = Number(listening.address.split(':').at(-1))
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await handshake(port, { ca, maxVersion })).toMatchObject({ protocol: maxVersion })
      expect(await handshake(port, { ca, maxVersion, cert: client.cert, key: client.key })).toMatchObject({ protocol: maxVersion })
    }
    const fingerprint = arrives ? new X509Certificate(client.cert).fingerprint256 : undefined
    expect(shown).toEqual([undefined, fingerprint, undefined, fingerprint])
    await listening.stop()
  })

  it('says nothing to plain http, and goes on', async () => {
    const { origin, port, ca } = await servingTls()
    expect((await sent(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).status).toBeNaN()
    expect((await over(origin, ca, '/readyz')).status).toBe(200)
  })

  it('reads its certificates again when it is asked to, and keeps the old ones when the new ones can not be used', async () => {
    const { cwd, port, running, ca, log } = await servingTls()
    const next = await certificateFor()
    const shown = async (ca_: string) => {
      const outcome = await handshake(port, { ca: ca_ })
      return typeof outcome === 'string' ? outcome : outcome.peer.fingerprint256
    }
    expect(await shown(ca)).toBe(new X509Certificate(ca).fingerprint256)
    writeFileSync(path.join(cwd, 'tls.crt'), next.cert)
    running.reload()
    expect(log().at(-1)).toMatchObject({ level: 50, path: 'listen.tls.keyFile', reason: 'does not belong to the certificate in listen.tls.certificateFile', msg: 'the certificates stay as they were' })
    expect(await shown(ca)).toBe(new X509Certificate(ca).fingerprint256)
    writePair(cwd, next)
    running.reload()
    expect(log().findLast(({ msg }) => msg !== 'request')).toMatchObject({ msg: 'the certificates were read again' })
    expect(await shown(next.cert)).toBe(new X509Certificate(next.cert).fingerprint256)
    expect(await shown(ca)).toMatch(/SELF_SIGNED|UNABLE/)
  })
})

describe('certificates that can not be used', () => {
  async function findingsOf(tls: object, change: (cwd: string) => Promise<void> | void = () => undefined) {
    const cwd = await folderWith({ tls: { ...TLS, ...tls } })
    await change(cwd)
    const loaded = await loadConfiguration({}, {}, cwd)
    return hasFindings(loaded) ? loaded.findings.map(({ path: at, reason }) => `${at} ${reason.replaceAll(cwd, '')}`) : []
  }
  const write = (name: string, text: string) => (cwd: string) => writeFileSync(path.join(cwd, name), text)

  it.each<[string, object, ((cwd: string) => Promise<void> | void) | undefined, readonly string[]]>([
    ['nothing', {}, undefined, []],
    ['files that are not there', { certificateFile: 'no.crt', keyFile: 'no.key', caFile: 'no.pem', passphraseFile: 'no.txt', clientCertificates: 'request' }, undefined, ['listen.tls.certificateFile names a file that does not exist: /no.crt', 'listen.tls.keyFile names a file that does not exist: /no.key', 'listen.tls.caFile names a file that does not exist: /no.pem', 'listen.tls.passphraseFile names a file that does not exist: /no.txt']],
    ['files that hold something else', { caFile: 'tls.key', clientCertificates: 'request' }, write('tls.crt', 'words'), ['listen.tls.caFile holds no certificate in PEM', 'listen.tls.certificateFile holds no certificate in PEM']],
    ['a certificate in place of the key', { keyFile: 'tls.crt' }, undefined, ['listen.tls.keyFile holds no private key in PEM']],
    ['a key of another certificate', {}, async (cwd) => write('tls.key', (await certificateFor()).key)(cwd), ['listen.tls.keyFile does not belong to the certificate in listen.tls.certificateFile']],
    ['authorities for clients that nobody asks', { caFile: 'tls.crt' }, undefined, ['listen.tls.caFile has no effect, as no client is asked for a certificate']],
    ['a locked key', {}, async (cwd) => writePair(cwd, await certificateFor({ passphrase: 'open sesame' })), ['listen.tls.passphraseFile is missing, and the key is encrypted']],
    ['a wrong passphrase', { passphraseFile: 'pass' }, async (cwd) => (writePair(cwd, await certificateFor({ passphrase: 'open sesame' })), write('pass', 'open barley')(cwd)), ['listen.tls.passphraseFile holds another passphrase than that of the key']],
    ['the right passphrase', { passphraseFile: 'pass' }, async (cwd) => (writePair(cwd, await certificateFor({ passphrase: 'open sesame' })), write('pass', 'open sesame\n')(cwd)), []],
  ])('%s', async (_, tls, change, findings) => {
    expect(await findingsOf(tls, change)).toEqual(findings)
  })

  it('keep the server from starting, in a sentence each', async () => {
    const cwd = await folderWith({ tls: { ...TLS, keyFile: 'no.key' } })
    expect(await ran(['serve'], { cwd })).toMatchObject({ code: 1, err: expect.stringMatching(/^Latchkey did not start: 1 problem in .*\n\n {2}listen\.tls\.keyFile names a file that does not exist/) })
  })

  it('are told of while they still can, as advice', async () => {
    const cwd = await folderWith({ tls: TLS }, await certificateFor({ host: 'other.example', until: new Date(Date.now() - 3_600_000) }))
    const loaded = await loadConfiguration({ issuer: 'http://localhost:4443' }, {}, cwd)
    expect('advice' in loaded ? loaded.advice.filter(({ path: at }) => at.startsWith('listen')).map(({ severity, path: at, reason }) => `${severity} ${at} ${reason.replace(/ on .*/, '')}`) : loaded).toEqual(['warning listen.tls speaks https, and the issuer is plain http', 'warning listen.tls.certificateFile is not for localhost, the host of the issuer, so that clients turn away', 'warning listen.tls.certificateFile ended'])
  })
})
