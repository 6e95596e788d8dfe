import { createCliAuth } from '@latchkey/node'
import { signIn } from './sign-in.ts'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())

const issuer = process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700'
const auth = createCliAuth({ issuer, scope: 'openid profile email', clientId: process.env.LATCHKEY_EXAMPLE_DEVICE_CLIENT ?? 'tv' })
const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined
process.exitCode = await signIn(auth, issuer, { say: text => console.log(text), complain: text => console.error(text), colours }, interruption.signal)
