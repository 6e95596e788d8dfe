import { createClient } from '@latchkey/client'
import { signIn } from './sign-in.ts'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())

const client = createClient({ issuer: process.env.LATCHKEY_ISSUER ?? 'http://localhost:4700', clientId: process.env.LATCHKEY_EXAMPLE_DEVICE_CLIENT ?? 'tv' })
const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined
process.exitCode = await signIn(client, { say: text => console.log(text), complain: text => console.error(text), colours }, interruption.signal)
