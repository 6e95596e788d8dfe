/** Section 4 of the architecture: who may import whom. Each rule is proved to bite in tools/imports.test.ts. */

const TESTS = ['\\.test\\.tsx?$', '^packages/[^/]+/test/', '\\.config\\.ts$']

/**
 * @param {string} name
 * @param {string} comment
 * @param {import('dependency-cruiser').IRegularForbiddenRuleType['from']} from
 * @param {import('dependency-cruiser').IRegularForbiddenRuleType['to']} to
 * @returns {import('dependency-cruiser').IRegularForbiddenRuleType}
 */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/**
 * A package that may import only the listed packages of ours, and itself.
 * @param {string} folder a regular expression for the folder's name
 * @param {string} comment
 * @param {readonly string[]} allowed
 */
const only = (folder, comment, allowed) =>
  forbid(
    `${folder.replace(/\W.*$/, '')}-imports`,
    comment,
    { path: `^packages/(${folder})/src/`, pathNot: TESTS },
    { path: '^(packages|apps|bench)/', pathNot: ['^packages/$1/', ...allowed.map((name) => `^packages/${name}/`)] },
  )

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    forbid('no-cycles', 'A cycle means that two modules are one. Types may name each other: they are gone before anything runs.', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('resolvable', 'An import has to lead somewhere; a path that a package does not export leads nowhere.', { path: '^(packages|apps|bench)/' }, { couldNotResolve: true }),
    forbid('core-dependencies', 'Core has one dependency, a synchronous SHA-2.', { path: '^packages/core/src/', pathNot: TESTS }, { pathNot: ['^packages/core/src/', '(^|/)node_modules/@noble/hashes/'] }),
    only('server', 'The server imports core.', ['core']),
    only('store-[^/]+', 'A store imports the ports of the server, and core.', ['core', 'server']),
    only('client', 'The client imports core.', ['core']),
    only('browser', 'The browser SDK imports client and core.', ['core', 'client']),
    only('node', 'The Node SDK imports client and core.', ['core', 'client']),
    only('react', 'The React binding imports the browser SDK, and what that imports.', ['core', 'client', 'browser']),
    forbid('nothing-imports-grants', 'Grants are a list that others are given, never a dependency.', { path: '^packages/core/src/', pathNot: ['^packages/core/src/grants/', '^packages/core/src/index\\.ts$', ...TESTS] }, { path: '^packages/core/src/grants/' }),
    forbid('grants-are-apart', 'A grant knows no other grant; only the list knows all.', { path: '^packages/core/src/grants/', pathNot: ['^packages/core/src/grants/index\\.ts$', ...TESTS] }, { path: '^packages/core/src/grants/index\\.ts$' }),
    forbid('core-ground', 'registry, abnf and brand are the ground: they import nothing but each other.', { path: '^packages/core/src/(registry/|abnf\\.ts|brand\\.ts)', pathNot: TESTS }, { path: '^packages/core/src/', pathNot: '^packages/core/src/(registry/|abnf\\.ts|brand\\.ts)' }),
    forbid('core-first-floor', 'refusals, decision and form run on the ground and each other only. Their types name what a decision carries.', { path: '^packages/core/src/(refusals|decision|form)\\.ts$', pathNot: TESTS }, { path: '^packages/core/src/', pathNot: '^packages/core/src/(registry/|abnf\\.ts|brand\\.ts|base64url\\.ts|(refusals|decision|form)\\.ts)', dependencyTypesNot: ['type-only'] }),
    forbid('no-deep-imports', 'A package is imported by its published entry point.', { path: '^(?:packages|apps(?:/examples)?|bench)/([^/]+)/' }, { path: '^packages/[^/]+/', pathNot: ['^packages/$1/', '^packages/[^/]+/(src|dist)/(index\\.[jt]s|index\\.d\\.ts|[^/]+/index\\.(tsx?|js|d\\.ts))$'] }),
    forbid('no-relative-way-out', 'A package is imported by its name, not by a path through the repository.', { path: '^packages/([^/]+)/' }, { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] }),
    forbid('packages-never-apps', 'A package knows no application.', { path: '^packages/' }, { path: '^(apps|bench)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.tsc|\\.turbo)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    preserveSymlinks: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@latchkey/source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.d.ts', '.mjs', '.js', '.json'],
      mainFields: ['types', 'module', 'main'],
    },
  },
}
