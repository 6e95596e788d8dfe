import type { OAuthErrorResponse } from './refusals.ts'

const ERROR = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/

/**
 * The error that a response body or redirect carries, or `undefined` when it carries none that the grammar allows.
 * @spec RFC 6749 §4.1.2.1, §5.2
 */
export function parseOAuthError(from: { readonly [name: string]: unknown }): OAuthErrorResponse | undefined {
  const { error, error_description, error_uri } = from
  if (typeof error !== 'string' || !ERROR.test(error)) return undefined
  return {
    error,
    ...(typeof error_description === 'string' && { description: readable(error_description) }),
    ...(typeof error_uri === 'string' && /^https?:\/\/[\x21-\x7e]+$/.test(error_uri) && { uri: error_uri.slice(0, 500) }),
  }
}

function readable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\u{10ffff}]/gu, ' ').slice(0, 500)
}
