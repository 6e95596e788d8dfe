import { AuthError } from '@latchkey/client'

/** Creates the error for an option that cannot be right. */
export function configError(message: string): AuthError {
  return new AuthError(message, { code: 'invalid_configuration', phase: 'config' })
}
