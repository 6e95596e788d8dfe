import type { Child } from 'hono/jsx'

const drawings = {
  person: <><circle cx="12" cy="8" r="4" /><path d="M4.5 20.5c.9-4 3.9-6 7.5-6s6.6 2 7.5 6" /></>,
  card: <><rect x="3" y="5" width="18" height="14" rx="3" /><circle cx="8.5" cy="11" r="2" /><path d="M5.8 16c.5-1.4 1.5-2 2.7-2s2.2.6 2.7 2M14.5 10H18M14.5 14H18" /></>,
  mail: <><rect x="3" y="5" width="18" height="14" rx="3" /><path d="m4 7.5 8 5.8 8-5.8" /></>,
  pin: <><path d="M12 21s7-5.7 7-11a7 7 0 1 0-14 0c0 5.3 7 11 7 11Z" /><circle cx="12" cy="10" r="2.5" /></>,
  phone: <><rect x="6.5" y="2.5" width="11" height="19" rx="3" /><path d="M10.5 18.5h3" /></>,
  clock: <><circle cx="12" cy="12" r="9" /><path d="M12 7v5l3.5 2" /></>,
  spark: <><rect x="3.5" y="3.5" width="17" height="17" rx="4" /><path d="M8 9.5 10.5 12 8 14.5M13 15h3.5" /></>,
  back: <path d="M9 14 4.5 9.5 9 5M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-3" />,
  lock: <><rect x="5" y="10.5" width="14" height="10" rx="2.5" /><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3" /></>,
  alert: <><circle cx="12" cy="12" r="9" /><path d="M12 7.5v5M12 16.2v.1" /></>,
  tick: <path d="m5.5 12.5 4.2 4.2L18.5 7.5" />,
  arrow: <path d="M7 17 17 7M9 7h8v8" />,
} as const satisfies Record<string, Child>

/** The name of an icon. */
export type IconName = keyof typeof drawings

/** An icon that adds nothing to the text beside it; drawn in the text's colour. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    {drawings[name]}
  </svg>
)
