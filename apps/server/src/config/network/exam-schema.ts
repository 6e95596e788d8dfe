import * as z from 'zod'
import { saying } from '../saying.ts'

/** How this server calls others, as the configuration writes it. */
export const outboundSchema = z.strictObject({
  extraCaFile: z.string().min(1, { error: saying('is empty', 'name a file') }).describe('Authorities, in PEM, that are believed beside the public ones, such as that of your company. Relative to this file.').optional(),
})

const ADDRESS = saying('is not a host with its port', 'write it as in localhost:8443 or [::1]:8443')

/** What only a test of conformance needs, as the configuration writes it. Each member begins with `dangerously`, so that a search finds it. */
export const examSchema = z.strictObject({
  dangerouslyAllowLoopback: z
    .array(z.string({ error: ADDRESS }).regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]):[1-9]\d{0,4}$/, { error: ADDRESS }))
    .describe('Hosts, with their ports, that clients may name although they are on this machine or in a private network.')
    .optional(),
  dangerouslyRotateKeysToken: z
    .string()
    .regex(/^[A-Za-z0-9._~+/-]{32,512}$/, { error: saying('is too short, too long, or has characters that a bearer token can not have', 'make one with `openssl rand -hex 32`') })
    .describe('Whoever has this token may rotate the signing keys at once, by `POST /exam/keys/rotate`. Nobody may when absent.')
    .optional(),
})
