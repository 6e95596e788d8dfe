/** What one tab tells the others about the session. */
export type News = 'changed' | 'signed-out'

/** The other tabs of this application. */
export interface Tabs {
  readonly tell: (news: News) => void
}

/** Opens a line to the other tabs, and listens: to them, and to this page coming back from sleep or from the browser's memory. */
export function openTabs(name: string, hear: (news: News) => Promise<void>): Tabs {
  if (typeof document === 'undefined') return { tell: () => undefined }
  const listen = (news: News): void => void hear(news).catch(() => undefined)
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', ({ data }) => listen(data === 'signed-out' ? 'signed-out' : 'changed'))
  addEventListener('pageshow', ({ persisted }) => persisted && listen('changed'))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && listen('changed'))
  return { tell: news => channel.postMessage(news) }
}
