import { html } from 'hono/html'

type Html = ReturnType<typeof html>

/** The one page of the application, around what it has to say. */
export function page(content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Latchkey demo web application</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <main>
    <header>
      <img src="/icon.svg" alt="" width="40" height="40">
      <div>
        <h1>Demo web application</h1>
        <p>A server-side application with <code>@latchkey/node</code></p>
      </div>
    </header>
    ${content}
  </main>
</body>
</html>`
}

/** For those who are not signed in, and why if they tried. */
export function signedOut(problem?: string): Html {
  return html`<section>
      <h2>You are not signed in</h2>
      <p>Signing in uses the hybrid flow: the code comes with an ID Token that vouches for it. In the demo, try <code>alice</code> with the password <code>alice</code>.</p>
      ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
      <form action="/auth/login"><button class="primary">Sign in</button></form>
    </section>`
}

/** For those who are. */
export function signedIn(claims: Readonly<Record<string, unknown>>): Html {
  return html`<section>
      <h2>Hello, ${String(claims['name'] ?? claims['sub'])}</h2>
      <p>The tokens stayed on the server; this browser has a session cookie.</p>
      <form method="post" action="/auth/logout"><button>Sign out</button></form>
      <h3>What the issuer says about you</h3>
      <dl>${Object.entries(claims).map(([name, value]) => html`<dt>${name}</dt><dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>`)}</dl>
    </section>`
}
