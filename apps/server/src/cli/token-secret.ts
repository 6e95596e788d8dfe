import type { Finding } from '@latchkey/core'
import { readSecretFile } from '../config/secret-file.ts'
import type { Environment } from '../config/settings.ts'

const VARIABLE = 'LATCHKEY_CLIENT_SECRET'

/** The client secret from the file that the flag or `LATCHKEY_CLIENT_SECRET_FILE` names, or from `LATCHKEY_CLIENT_SECRET`; `undefined` when there is none. A flag wins. */
export function findClientSecret(flag: string | undefined, env: Environment, cwd: string): { readonly secret: string } | Finding | undefined {
  const direct = env[VARIABLE] ?? ''
  const named = env[`${VARIABLE}_FILE`] ?? ''
  if (flag !== undefined) return readSecretFile(flag, '--client-secret-file', cwd)
  if (direct !== '' && named !== '') return { path: `${VARIABLE}_FILE`, reason: `stands beside ${VARIABLE}`, remedy: 'keep one of them' }
  if (named !== '') return readSecretFile(named, `${VARIABLE}_FILE`, cwd)
  return direct === '' ? undefined : { secret: direct }
}
