import { globSync, readFileSync } from 'node:fs'
import { REQUIREMENTS, type Requirement } from './requirements.ts'

/** A test that names a requirement. */
interface NamedTest {
  readonly file: string
  readonly name: string
}

/** Something that says, by its `@spec` tag, which section it implements. */
interface Implementation {
  readonly file: string
  readonly name: string
}

const root = new URL('../..', import.meta.url).pathname

function textsOf(patterns: readonly string[]): readonly (readonly [file: string, text: string])[] {
  const files = globSync([...patterns], { cwd: root, exclude: (path) => /node_modules|dist|\.tsc/.test(path) }).toSorted()
  return files.map((file) => [file, readFileSync(`${root}${file}`, 'utf8')] as const)
}

/** The tests by the requirements that their names, or the names of their rows, hold. */
export function testsByRequirement(texts: readonly (readonly [file: string, text: string])[]): ReadonlyMap<string, readonly NamedTest[]> {
  const found = new Map<string, NamedTest[]>()
  for (const [file, text] of texts) {
    for (const [, , name = ''] of text.matchAll(/(['"`])((?:(?!\1|\n).)*?\b[A-Z]{2,8}-\d+\b(?:(?!\1|\n).)*)\1/g)) {
      for (const [id] of name.matchAll(/\b[A-Z]{2,8}-\d+\b/g)) found.set(id, [...(found.get(id) ?? []), { file, name }])
    }
  }
  return found
}

/** What implements each section, by the `@spec` tags. */
export function implementationsBySection(texts: readonly (readonly [file: string, text: string])[]): ReadonlyMap<string, readonly Implementation[]> {
  const found = new Map<string, Implementation[]>()
  for (const [file, text] of texts) {
    for (const tag of text.matchAll(/@spec ([^\n*]+?)\s*(?:\*\/|\n)/g)) {
      const after = text.slice(tag.index, tag.index + 600)
      const name = /\b(?:function|const|interface|type) ([A-Za-z_]\w*)/.exec(after)?.[1]
      for (const section of sectionsIn(tag[1] ?? '')) if (name !== undefined) found.set(section, [...(found.get(section) ?? []), { file, name }])
    }
  }
  return found
}

/** `RFC 7636 §4.6, §7` names two sections of one specification. */
export function sectionsIn(tag: string): readonly string[] {
  let specification = ''
  return tag.split(',').flatMap((part) => {
    const [, named = '', section] = /^\s*(.*?)\s*(§.+?)?\s*$/.exec(part) ?? []
    if (named !== '') specification = named
    return section === undefined ? [] : [`${specification} ${section}`]
  })
}

function implementing({ sections }: Requirement, bySection: ReadonlyMap<string, readonly Implementation[]>): readonly Implementation[] {
  const all = sections.flatMap((section) => [...bySection].flatMap(([tagged, found]) => (tagged === section || tagged.startsWith(`${section}.`) ? found : [])))
  return [...new Map(all.map((each) => [`${each.file} ${each.name}`, each])).values()]
}

const MOST_NAMES = 6

function line(requirement: Requirement, bySection: ReadonlyMap<string, readonly Implementation[]>, tests: readonly NamedTest[]): string {
  const functions = implementing(requirement, bySection)
  const names = functions.slice(0, MOST_NAMES).map(({ file, name }) => `[\`${name}\`](../${file})`)
  const more = functions.length > MOST_NAMES ? [`and ${functions.length - MOST_NAMES} more`] : []
  const files = [...new Set(tests.map(({ file }) => file))].map((file) => `[${file.split('/').at(-1)?.replace(/\.test\.tsx?$/, '')}](../${file})`)
  return `| ${requirement.id} | ${requirement.text} | ${requirement.sections.join(', ')} | ${[...names, ...more].join(', ')} | ${files.join(', ')} |`
}

/** Which requirements no test names. */
export function untested(): readonly string[] {
  const tests = testsByRequirement(textsOf(TESTS))
  return REQUIREMENTS.flatMap(({ requirements }) => requirements).filter(({ id }) => !tests.has(id)).map(({ id }) => id)
}

const TESTS: readonly string[] = ['packages/*/{src,test}/**/*.test.{ts,tsx}', 'apps/*/{src,test}/**/*.test.{ts,tsx}', 'tests/**/*.test.ts']
const SOURCES: readonly string[] = ['packages/{core,server}/src/**/*.ts', 'apps/server/src/**/*.{ts,tsx}']

/** The page of the docs that says what implements and what tests each requirement. */
export function conformancePage(): string {
  const bySection = implementationsBySection(textsOf(SOURCES).filter(([file]) => !/\.test\.tsx?$|\/relying-party\/|\/testing\//.test(file)))
  const tests = testsByRequirement(textsOf(TESTS))
  const groups = REQUIREMENTS.map(({ title, requirements }) =>
    [`## ${title}`, '', '| | must | written in | done by | tested in |', '| --- | --- | --- | --- | --- |', ...requirements.map((each) => line(each, bySection, tests.get(each.id) ?? [])), ''].join('\n'),
  )
  return [
    '# Conformance',
    '',
    'What the certification of an OpenID provider asks, where it is written, what does it here, and which tests hold it. The functions are found by their `@spec` tags and the tests by',
    'the requirements in their names; `node tools/conformance/write.ts` writes this page, and a test keeps it true.',
    '',
    ...groups,
  ].join('\n')
}
