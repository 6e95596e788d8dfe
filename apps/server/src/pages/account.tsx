import { displayText, monogram } from './display-text.ts'
import type { Phrase } from './phrase.ts'
import type { SignedInUser } from './props.ts'

/** Who is signed in, with a button that posts `decision=switch` for somebody else, unless that is no question here. */
export const Account = ({ user, phrase, isFixed = false }: { user: SignedInUser; phrase: Phrase; isFixed?: boolean }) => (
  <div class="account">
    <span class="avatar" aria-hidden="true">{monogram(user.name ?? user.username)}</span>
    <p>
      <span class="account-label">{phrase('consent.signedInAs')}</span>
      <span>
        <bdi class="account-name">{displayText(user.name ?? user.username)}</bdi>
        {user.name !== undefined && <>{' '}<bdi class="account-label">{displayText(user.username)}</bdi></>}
      </span>
    </p>
    {!isFixed && <button class="button-link" type="submit" name="decision" value="switch">{phrase('consent.switch')}</button>}
  </div>
)
