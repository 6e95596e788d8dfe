import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { createAuth, type Auth } from '@latchkey/browser'
import { AuthProvider, RequireAuth, useAuth, useUser } from '@latchkey/react'
import { build } from 'esbuild'
import { createElement as h, StrictMode, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, test } from 'vitest'

/** What a component of an application may ask. */
function Greeting(): ReactNode {
  const { state } = useAuth()
  const user = useUser()
  return h('p', null, `${state.status} ${String(user?.sub)}`)
}

describe('on a server', () => {
  const auth = createAuth({ issuer: 'https://op.example', clientId: 'spa' })

  test('components render while nobody is known', () => {
    expect(renderToString(h(StrictMode, null, h(AuthProvider, { auth }, h(Greeting))))).toBe('<p>pending undefined</p>')
  })

  test('what needs a user is not rendered, its fallback is', () => {
    expect(renderToString(h(AuthProvider, { auth }, h(RequireAuth, { fallback: h('i', null, 'one moment') }, h(Greeting))))).toBe('<i>one moment</i>')
    expect(renderToString(h(AuthProvider, { auth }, h(RequireAuth, null, h(Greeting))))).toBe('')
  })

  test('even of a sign-in that is known, because the browser will hydrate what a stranger would see', () => {
    const known: Auth<unknown> = { ...auth, getState: () => ({ status: 'authenticated', user: { sub: 'alice' } }) }
    expect(renderToString(h(AuthProvider, { auth: known }, h(Greeting)))).toBe('<p>pending undefined</p>')
  })
})

test('a component outside of a provider says what is missing', () => {
  expect(() => renderToString(h(Greeting))).toThrow('<AuthProvider>')
})

test('the binding is at most 1 kB', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from './src/index.ts'", resolveDir: fileURLToPath(new URL('..', import.meta.url)), loader: 'ts' },
    bundle: true, minify: true, format: 'esm', target: 'es2022', external: ['react', '@latchkey/browser'], write: false, logLevel: 'silent',
  })
  expect(gzipSync(outputFiles[0]?.text ?? '', { level: 9 }).length).toBeLessThanOrEqual(1000)
})
