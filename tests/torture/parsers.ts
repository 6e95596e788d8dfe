import { bearerToken, catalogueOf, decodeBase64url, formOf, type Issuer as IssuerName, parseAuthorizationRequest, parseClaims, parseClient, parseClientCredentials, parseEndSessionRequest, parseForm, parseOAuthError, parsePrompt, parseRefreshToken, parseResponseType, parseReturnAddress, parseScope, parseUserCode, redirectUriFault, registeredRedirectUri, requestedScope, STANDARD_SCOPES, type Client } from '@latchkey/core'
import { asking } from '../../packages/server/test/browser.ts'
import { ISSUER } from '../../packages/server/test/issuer.ts'
import { drawFrom, mutatedText, ODDITIES } from './mutations.ts'

const catalogue = catalogueOf({ issuer: ISSUER as IssuerName, scopes: [], resources: [], accessTokenAlgorithm: 'ES256' })
const client = clientOf()

function clientOf(): Client {
  const parsed = parseClient({ client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], scope: 'openid profile email' }, { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scopes: new Set(STANDARD_SCOPES), algorithms: ['ES256'] })
  if ('client_id' in parsed) return parsed
  throw new Error(JSON.stringify(parsed))
}

const nothing = formOf(new Map())
const withOne = (name: string) => (value: string) => formOf(new Map(Object.entries({ ...asking(), [name]: value }).map(([key, each]) => [key, [each]])))
const authorizing = (name: string) => (text: string) => parseAuthorizationRequest(withOne(name)(text), client, catalogue)

/** The parsers of core that read what strangers send, each of one text. */
export const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  form: parseForm,
  base64url: decodeBase64url,
  scope: parseScope,
  'scope that is asked for': (text) => requestedScope(text, [], client, catalogue),
  'response type': parseResponseType,
  prompt: (text) => parsePrompt(text, ['none', 'login', 'consent']),
  'claims request': (text) => parseClaims(text, client),
  'client credentials': (text) => parseClientCredentials(text, nothing),
  'bearer token': (text) => bearerToken(text, nothing),
  'refresh token': parseRefreshToken,
  'user code': parseUserCode,
  'redirect URI': (text) => registeredRedirectUri(text, client),
  'redirect URI to be registered': (text) => [redirectUriFault(text, 'web'), redirectUriFault(text, 'native')],
  'return address': (text) => parseReturnAddress(withOne('redirect_uri')(text), client, ISSUER as IssuerName),
  'end of session': (text) => parseEndSessionRequest(withOne('post_logout_redirect_uri')(text)),
  'OAuth error': (text) => parseOAuthError({ error: text, error_description: text, error_uri: text }),
  ...Object.fromEntries(['response_type', 'max_age', 'claims', 'prompt', 'ui_locales', 'acr_values', 'code_challenge', 'response_mode', 'scope', 'state', 'resource'].map((name) => [`authorization request, ${name}`, authorizing(name)])),
}

const SEEDS: readonly string[] = [...ODDITIES, 'openid profile', 'a=b&c=d', 'Basic YTpi', 'Bearer abc', 'https://spa.example/cb', 'https://rp.example/cb?x=1#y', 'code id_token', 'login consent', '{"userinfo":{"email":null},"id_token":{"acr":{"values":["1"]}}}', `${'a'.repeat(43)}.1.${'b'.repeat(43)}`, 'BCDF-GHJK', 'de-DE en', '3600', 'S256']

/** What texts came to. */
export interface ParserLine {
  readonly inputs: number
  /** Milliseconds, and which parser. */
  readonly longest: number
  readonly slowest: string
  readonly thrown: readonly string[]
}

/** Gives every parser so many texts that are almost right. */
export function fuzzParsers(inputs: number, seed: number, parsers: typeof PARSERS = PARSERS): ParserLine {
  const draw = drawFrom(seed)
  return tried(parsers, function* () {
    for (let input = 0; input < inputs; input++) {
      let text = SEEDS[draw(SEEDS.length)] ?? ''
      for (let times = draw(5); times > 0; times--) text = mutatedText(text, draw).slice(0, 20_000)
      yield text
    }
  })
}

const CORE = ['a', ' ', '=', '&', '%', '%2', '.', '-', '/', '@', ':', '"', '\\', '{', '[', '{"a":', '[[', '0', '\t', 'é', '\ud800', 'a@', 'a.', 'a-', ' a', 'aA', '+', '../', '%25', 'https://']

/** Texts on which expressions that backtrack take for ever: long repetitions with an end that does not fit. */
export function backtracking(longest: number): readonly string[] {
  const ends = ['', '!', '\0', ' ', '=', '@', 'x', '"', '}', '\n']
  return ['', 'https://', 'Basic ', 'Bearer ', 'openid ', '{"userinfo":{"a":"'].flatMap((begin) => CORE.flatMap((middle) => ends.map((end) => `${begin}${middle.repeat(Math.floor(longest / middle.length))}${end}`)))
}

/** Gives every parser the texts of {@link backtracking}. */
export function backtrack(longest: number): ParserLine {
  return tried(PARSERS, () => backtracking(longest))
}

function tried(parsers: typeof PARSERS, texts: () => Iterable<string>): ParserLine {
  let line: ParserLine = { inputs: 0, longest: 0, slowest: '', thrown: [] }
  for (const text of texts()) {
    for (const [name, parse] of Object.entries(parsers)) {
      const since = performance.now()
      try {
        parse(text)
      } catch (fault) {
        if (line.thrown.length < 20) line = { ...line, thrown: [...line.thrown, `${name} threw ${String(fault)} for ${JSON.stringify(text.slice(0, 300))}`] }
      }
      const taken = performance.now() - since
      line = { ...line, inputs: line.inputs + 1, ...(taken > line.longest ? { longest: taken, slowest: name } : {}) }
    }
  }
  return line
}
