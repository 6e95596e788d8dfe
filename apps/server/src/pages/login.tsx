import { ClientName, ClientTile, Mark } from './brand.tsx'
import { displayText } from './display-text.ts'
import { Icon } from './icons.tsx'
import { DemoStrip, HiddenFields, Page } from './layout.tsx'
import { phrasesIn } from './phrase.ts'
import type { Html, LoginProblem, LoginProps } from './props.ts'

// A wrong password and an unknown username must look alike, so both fields are marked.
const blamed: Record<LoginProblem, readonly ('username' | 'password')[]> = {
  username_missing: ['username'],
  password_missing: ['password'],
  credentials_wrong: ['username', 'password'],
  too_many_attempts: [],
  form_expired: [],
  reauthentication_wanted: [],
}

/** The sign-in page. */
export function LoginPage(props: LoginProps): Html {
  const { site, client, problem, demo } = props
  const phrase = phrasesIn(site.locale)
  const isError = problem !== undefined && problem !== 'reauthentication_wanted'
  const title = phrase('login.title')
  return (
    <Page site={site} title={isError ? phrase('title.problem', { title }) : title}>
      <header class="head">
        <div class="tiles">
          <Mark />
          {client?.logo_uri === undefined ? <span class="wordmark">{site.name}</span> : <><span class="link-dots" /><ClientTile site={site} client={client} /></>}
        </div>
        <h1>{phrase('login.heading')}</h1>
        <p class="lead">
          {client === undefined ? phrase('login.continueHere', { site: site.name }) : phrase('login.continue', { client: <ClientName client={client} /> })}
        </p>
      </header>
      {problem !== undefined && (
        <p class={isError ? 'notice notice-bad' : 'notice'} id="problem" role={isError ? 'alert' : 'status'}>
          <Icon name={isError ? 'alert' : 'lock'} />
          <span>{phrase(`problem.${problem}`)}</span>
        </p>
      )}
      <LoginForm {...props} />
      {demo !== undefined && <DemoStrip demo={demo} phrase={phrase} />}
    </Page>
  )
}

const LoginForm = ({ site, form, client, username, problem }: LoginProps) => {
  const phrase = phrasesIn(site.locale)
  const startsAtPassword = username !== undefined && username !== '' && problem !== 'username_missing'
  const marks = (field: 'username' | 'password') => (problem !== undefined && blamed[problem].includes(field) ? { 'aria-invalid': 'true', 'aria-describedby': 'problem' } : {})
  return (
    <form class="form" method="post" action={form.action}>
      <HiddenFields fields={form.hidden} />
      <div class="field">
        <label for="username">{phrase('login.username')}</label>
        <input id="username" name="username" type="text" value={displayText(username ?? '', 256)} autocomplete="username" autocapitalize="none" autocorrect="off" dir="auto" maxlength={256} required autofocus={!startsAtPassword} {...marks('username')} />
      </div>
      <div class="field">
        <label for="password">{phrase('login.password')}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" maxlength={1024} required autofocus={startsAtPassword} {...marks('password')} />
      </div>
      <div class="actions">
        <button class="button button-main" type="submit">{phrase('login.submit')}</button>
        {client !== undefined && <button class="button button-quiet" type="submit" name="decision" value="deny" formnovalidate>{phrase('login.cancel')}</button>}
      </div>
    </form>
  )
}
