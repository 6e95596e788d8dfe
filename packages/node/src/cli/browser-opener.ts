import { authError } from '@latchkey/client'
import { spawn } from 'node:child_process'
import { objectionTo } from '../http/endpoint-url.ts'

/** What is known of the machine that a command line runs on. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Starts a program without a shell; answers whether it started. */
export type Start = (program: string, parameters: readonly string[]) => Promise<boolean>

/** Answers whether somebody can see a browser that is opened on this machine. */
export function hasDisplay({ platform, env }: Machine): boolean {
  const isSet = (name: string) => (env[name] ?? '') !== ''
  if (isSet('SSH_CONNECTION') || isSet('SSH_TTY') || isSet('CI')) return false
  return platform === 'darwin' || platform === 'win32' || isSet('DISPLAY') || isSet('WAYLAND_DISPLAY')
}

/** Throws unless an address is one of the web, so that no issuer can have a program started or a file opened. */
export function requireWebAddress(url: string): URL {
  if (objectionTo(url, { allowInsecure: false }) !== undefined) throw authError('endpoint_not_allowed', 'authorize', { hint: 'only web addresses are opened in a browser' })
  return new URL(url)
}

/** Opens a web address in the user's browser; answers false when there is none. The address is one parameter of one program, never text for a shell. */
export async function openInBrowser(url: string, { platform }: Machine = process, start: Start = startDetached): Promise<boolean> {
  const { href } = requireWebAddress(url)
  switch (platform) {
    case 'darwin':
      return start('open', [href])
    case 'win32':
      return start('rundll32.exe', ['url.dll,FileProtocolHandler', href])
    default:
      return start('xdg-open', [href])
  }
}

function startDetached(program: string, parameters: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...parameters], { stdio: 'ignore', detached: true, shell: false })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
