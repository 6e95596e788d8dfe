/** What one tab tells the others about the session. */
export type News = 'changed' | 'signed-out'

/** The other tabs of this application. */
export interface Tabs {
  readonly tell: (news: News) => void
}

/** Opens a line to the other tabs, and listens: to them, to what they store, and to this page coming back into view. */
export function openTabs(name: string, hear: (news: News) => Promise<void>): Tabs {
  if (typeof document === 'undefined') return { tell: () => undefined }
  const listen = (news: News): void => void hear(news).catch(() => undefined)
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', ({ data }) => listen(data === 'signed-out' ? 'signed-out' : 'changed'))
  // A message may overtake the write it tells of; this event follows the write.
  addEventListener('storage', ({ key }) => key === name && listen('changed'))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && listen('changed'))
  return { tell: news => channel.postMessage(news) }
}
