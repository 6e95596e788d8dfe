import { Account } from './account.tsx'
import { ClientBesideUs, ClientName, Mark } from './brand.tsx'
import { displayText } from './display-text.ts'
import { Icon } from './icons.tsx'
import { HiddenFields, Page } from './layout.tsx'
import type { Locale } from './messages/index.ts'
import { phrasesIn } from './phrase.ts'
import type { DeviceCodeProps, DeviceConfirmationProps, DeviceDoneProps, DeviceProps, Html } from './props.ts'
import { ScopeLine } from './scopes.tsx'

/** The page where a user lets a device in: asks for its code, then what to do, and says what came of it. */
export function DevicePage(props: DeviceProps): Html {
  switch (props.step) {
    case 'code': return <CodePage {...props} />
    case 'confirmation': return <ConfirmationPage {...props} />
    case 'done': return <DonePage {...props} />
  }
}

const CodePage = ({ site, form, user, user_code, problem }: DeviceCodeProps) => {
  const phrase = phrasesIn(site.locale)
  const title = phrase('device.title')
  return (
    <Page site={site} title={problem === undefined ? title : phrase('title.problem', { title })}>
      <header class="head">
        <div class="tiles"><Mark /><span class="wordmark">{site.name}</span></div>
        <h1>{phrase('device.code.heading')}</h1>
        <p class="lead" id="hint">{phrase(user_code === undefined || problem !== undefined ? 'device.code.sentence' : 'device.code.compare')}</p>
      </header>
      {problem !== undefined && <p class="notice notice-bad" id="problem" role="alert"><Icon name="alert" /><span>{phrase(`problem.${problem}`)}</span></p>}
      <form class="form" method="post" action={form.action}>
        <HiddenFields fields={form.hidden} />
        <div class="field">
          <label for="user_code">{phrase('device.code.label')}</label>
          <input class="code-input" id="user_code" name="user_code" type="text" value={displayText(user_code ?? '', 40)} autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck={false} dir="ltr" maxlength={40} required autofocus aria-describedby={problem === undefined ? 'hint' : 'problem'} {...(problem === undefined ? {} : { 'aria-invalid': 'true' })} />
        </div>
        <div class="actions"><button class="button button-main" type="submit">{phrase('device.code.submit')}</button></div>
      </form>
      {/* A form of its own, so that the Enter key in the field above does not change the account. */}
      <form method="post" action={form.action}>
        <HiddenFields fields={form.hidden} />
        <Account user={user} phrase={phrase} />
      </form>
    </Page>
  )
}

const ConfirmationPage = ({ site, form, client, user, scopes, seen, askedSecondsAgo }: DeviceConfirmationProps) => {
  const phrase = phrasesIn(site.locale)
  return (
    <Page site={site} title={phrase('device.title')}>
      <header class="head">
        <ClientBesideUs site={site} client={client} />
        <h1>{phrase('device.confirm.heading', { client: <ClientName client={client} /> })}</h1>
      </header>
      <p class="notice"><Icon name="alert" /><span>{phrase('device.confirm.warning')}</span></p>
      <form class="form" method="post" action={form.action}>
        <HiddenFields fields={form.hidden} />
        <dl class="facts">
          {seen !== undefined && <div><dt>{phrase('device.confirm.seen')}</dt><dd><bdi dir="ltr">{displayText(seen, 120)}</bdi></dd></div>}
          <div><dt>{phrase('device.confirm.asked')}</dt><dd>{ago(askedSecondsAgo, site.locale)}</dd></div>
        </dl>
        <Account user={user} phrase={phrase} />
        {scopes.length > 0 && (
          <section aria-labelledby="asks">
            <h2 id="asks">{phrase('consent.list')}</h2>
            <ul class="asks">{scopes.map((scope) => <ScopeLine scope={scope} phrase={phrase} />)}</ul>
          </section>
        )}
        <div class="actions actions-pair">
          <button class="button button-plain" type="submit" name="decision" value="deny">{phrase('consent.deny')}</button>
          <button class="button button-main" type="submit" name="decision" value="allow">{phrase('consent.allow')}</button>
        </div>
      </form>
    </Page>
  )
}

const DonePage = ({ site, decision }: DeviceDoneProps) => {
  const phrase = phrasesIn(site.locale)
  const heading = phrase(`device.${decision}.heading`)
  return (
    <Page site={site} title={heading}>
      <header class="head">
        <div class="tiles">{decision === 'allow' ? <span class="tile tile-good"><Icon name="tick" /></span> : <span class="tile tile-plain"><Icon name="lock" /></span>}</div>
        <h1>{heading}</h1>
        <p class="lead">{phrase(`device.${decision}.sentence`)}</p>
      </header>
    </Page>
  )
}

/** How long ago, in words; a server does not know its reader's clock. */
function ago(seconds: number, locale: Locale): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })
  return seconds < 60 ? words.format(-Math.max(0, seconds), 'second') : words.format(-Math.floor(seconds / 60), 'minute')
}
