/** How the key of an encrypted token is agreed or wrapped. @spec RFC 7518 §4.1, RFC 8037 §3.2 */
export const KEY_ENCRYPTIONS = ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const
export type KeyEncryption = (typeof KEY_ENCRYPTIONS)[number]

/** How the content of an encrypted token is encrypted; the first is meant where a client names none. @spec RFC 7518 §5.1, OpenID Connect Dynamic Client Registration §2 */
export const CONTENT_ENCRYPTIONS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'] as const
export type ContentEncryption = (typeof CONTENT_ENCRYPTIONS)[number]
