import * as z from 'zod'
import { saying } from './saying.ts'

const text = z.string()

const addressSchema = z.strictObject({
  formatted: text.optional(),
  street_address: text.optional(),
  locality: text.optional(),
  region: text.optional(),
  postal_code: text.optional(),
  country: text.optional(),
})

/** The standard claims with their types, and any others. @spec OpenID Connect Core §5.1 */
const claimsSchema = z
  .looseObject({
    name: text.optional(),
    given_name: text.optional(),
    family_name: text.optional(),
    middle_name: text.optional(),
    nickname: text.optional(),
    preferred_username: text.optional(),
    profile: text.optional(),
    picture: text.optional(),
    website: text.optional(),
    email: text.optional(),
    email_verified: z.boolean().optional(),
    gender: text.optional(),
    birthdate: text.optional(),
    zoneinfo: text.optional(),
    locale: text.optional(),
    phone_number: text.optional(),
    phone_number_verified: z.boolean().optional(),
    address: addressSchema.optional(),
    updated_at: z.int().nonnegative().optional(),
  })
  .describe('What clients may learn of the user, by the names of OpenID Connect Core §5.1; other names may be added.')

const HASH = saying('is not an argon2id hash', 'write a hash that begins with $argon2id$, or use password')

/** A user as the configuration writes one. */
export const userSchema = z
  .strictObject({
    sub: text.regex(/^[\x21-\x7e]{1,255}$/, { error: saying('is empty, too long, or has characters outside printable ASCII', 'use 1 to 255 printable ASCII characters, and never give them to anyone else') }).describe('The subject identifier: never changed, never given to another user.'),
    username: text.min(1, { error: saying('is empty', 'write the name that the user types to sign in') }).max(256, { error: saying('is longer than 256 characters', 'choose a shorter one') }).describe('What the user types to sign in; capital and small letters are the same.'),
    password: text
      .min(1, { error: saying('is empty', 'write a password, or a passwordHash') })
      .max(1_024, { error: saying('is longer than 1024 characters, which is more than the sign-in page takes', 'choose a shorter one') })
      .describe('The password in clear; only its argon2id hash is kept in memory.')
      .optional(),
    passwordHash: text.regex(/^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/, { error: HASH }).describe('An argon2id hash in place of the password.').optional(),
    locked: z.boolean().describe('Whether the user is kept from signing in, and from keeping what was issued.').optional(),
    clients: z.array(text).describe('The client_ids of the applications that the user may use; all when absent.').optional(),
    claims: claimsSchema.optional(),
  })
  .describe('A user who can sign in.')

/** A user as it is read. */
export type ConfiguredUser = z.output<typeof userSchema>
