/** Whether this is a page; elsewhere, as on a server, nobody is known to be signed in or out. */
export const isBrowser = typeof document !== 'undefined'

/** The other tabs of this application. */
export interface Tabs {
  /** Tells them that the user has signed out. */
  readonly signOut: () => void
}

/** Whom a tab tells what it hears. */
export interface TabListener {
  /** Another tab has changed the session, or this page comes back to life. */
  readonly onChange: () => Promise<void>
  readonly onSignOut: () => Promise<void>
}

/** Opens a line to the other tabs, and listens: to them, to what they store, and to this page having slept or been without a network. */
export function openTabs(name: string, { onChange, onSignOut }: TabListener): Tabs {
  if (!isBrowser) return { signOut: () => undefined }
  const channel = new BroadcastChannel(name)
  channel.onmessage = () => void onSignOut().catch(() => undefined)
  const look = (): void => {
    if (document.visibilityState === 'visible') void onChange().catch(() => undefined)
  }
  for (const event of ['storage', 'online', 'pageshow', 'visibilitychange']) addEventListener(event, look)
  return { signOut: () => channel.postMessage(name) }
}
