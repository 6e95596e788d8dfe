import type { Child } from 'hono/jsx'
import { displayText } from './display-text.ts'
import { Icon, type IconName } from './icons.tsx'
import type { MessageKey } from './messages/index.ts'
import type { Phrase } from './phrase.ts'
import type { RequestedScope } from './props.ts'

type StandardScope = 'openid' | 'profile' | 'email' | 'address' | 'phone' | 'offline_access'

interface ScopeText {
  readonly icon: IconName
  readonly title: `scope.${StandardScope}`
  readonly detail: `scope.${StandardScope}.detail`
}

// A map, because a client's scope may be spelled like a property of Object.prototype.
const standardScopes: ReadonlyMap<string, ScopeText> = new Map(
  Object.entries({
    openid: { icon: 'person', title: 'scope.openid', detail: 'scope.openid.detail' },
    profile: { icon: 'card', title: 'scope.profile', detail: 'scope.profile.detail' },
    email: { icon: 'mail', title: 'scope.email', detail: 'scope.email.detail' },
    address: { icon: 'pin', title: 'scope.address', detail: 'scope.address.detail' },
    phone: { icon: 'phone', title: 'scope.phone', detail: 'scope.phone.detail' },
    offline_access: { icon: 'clock', title: 'scope.offline_access', detail: 'scope.offline_access.detail' },
  } as const satisfies Record<StandardScope, ScopeText & Record<'title' | 'detail', MessageKey>>),
)

/** One line of the consent list: what the scope lets the client do. The operator's own wording goes first. */
export const ScopeLine = ({ scope, phrase }: { scope: RequestedScope; phrase: Phrase }) => {
  const known = standardScopes.get(scope.name)
  const { title, detail } = scopeText(scope, known, phrase)
  return (
    <li class="ask">
      <Icon name={known?.icon ?? 'spark'} />
      <div>
        <p class="ask-title">{title}</p>
        {detail !== undefined && <p class="ask-detail">{detail}</p>}
      </div>
    </li>
  )
}

function scopeText(scope: RequestedScope, known: ScopeText | undefined, phrase: Phrase): { title: Child; detail?: Child } {
  if (scope.title !== undefined) return { title: isolate(scope.title), detail: scope.description === undefined ? undefined : isolate(scope.description, 240) }
  if (known !== undefined) return { title: phrase(known.title), detail: scope.description === undefined ? phrase(known.detail) : isolate(scope.description, 240) }
  if (scope.description !== undefined) return { title: isolate(scope.description, 240) }
  return { title: phrase('scope.other', { scope: isolate(scope.name) }) }
}

const isolate = (text: string, longest = 80): Child => <bdi>{displayText(text, longest)}</bdi>
