import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './bootstrap.mjs'

/** A file of the repository, by its path from the root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Every text file that git tracks or would add. */
export function sourceFiles(): readonly SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
  return listed.split('\0').filter((file) => file !== '' && existsSync(path.join(root, file))).flatMap((file) => {
    const bytes = readFileSync(path.join(root, file))
    return bytes.includes(0) ? [] : [{ path: file, text: bytes.toString('utf8') }]
  })
}

const SILENCED = /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|\b(?:ctx|context|task)\.skip\s*\(/

/** The places where a test is kept from running, or keeps others from running. */
export function silencedTests(files: readonly SourceFile[]): readonly string[] {
  return lines(files.filter((file) => /\.test\.tsx?$/.test(file.path)), SILENCED)
}

const MACHINE_PATH = /(?<![\w.~*$}-])\/(?:work|root|home|Users)\/[\w.~-]/
const REGISTRY_HOST = /\b(?:registry\.(?!test\b|example\b)[a-z0-9-]+\.[a-z]+|npm\.pkg\.github\.com|[a-z0-9.-]+\/artifactory\/)/i

/** The places that are true on one machine only: an absolute path, or the host that packages came from. */
export function machineTraces(files: readonly SourceFile[]): readonly string[] {
  return [...lines(files, MACHINE_PATH), ...lines(files, REGISTRY_HOST)]
}

/** The lines of a lockfile that tie it to the host which packages came from. */
export function tarballAddresses(lockfile: SourceFile): readonly string[] {
  return lines([lockfile], /\btarball:|https?:\/\//)
}

const DRAWER = /(?:^|\/)(?:[\w-]+-)?(?:helpers?|utils?|utilities)(?:\.[^/]+)?(?:\/|$)|(?:^|\/)(?:common|shared|libs?|misc)(?:\.[^/]+)?(?:\/|$)/

/** The paths with a name that says nothing about what is inside. */
export function drawers(files: readonly Pick<SourceFile, 'path'>[]): readonly string[] {
  return files.map((file) => file.path).filter((file) => DRAWER.test(file))
}

/** Each line that matches, as `path:line: text`. */
function lines(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap((file) => file.text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])))
}
