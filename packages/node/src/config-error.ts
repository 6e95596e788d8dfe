import { type AuthError, authError } from './auth-error.ts'

/** Creates the error for an option that cannot be right. */
export function configError(message: string): AuthError {
  return authError('invalid_configuration', 'config', message)
}
