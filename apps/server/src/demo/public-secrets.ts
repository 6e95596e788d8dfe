/** The secrets of the demo's clients. They are in the documentation, so that nothing but a demo may use them. */
export const WEB_SECRET = 'web-secret-for-the-demo-only-0001'
export const SERVICE_SECRET = 'service-secret-for-the-demo-only-1'

/** Client secrets that everyone knows. */
export const DEMO_SECRETS: ReadonlySet<string> = new Set([WEB_SECRET, SERVICE_SECRET])

/** Passwords that everyone knows, by username. */
export const DEMO_PASSWORDS: ReadonlyMap<string, string> = new Map([['alice', 'alice'], ['bob', 'bob']])
