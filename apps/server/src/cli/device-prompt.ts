import type { DeviceAuthorization } from '@latchkey/client'
import { qrCode } from '@latchkey/node'
import { visible } from './report.ts'
import type { Paint } from './terminal.ts'

/** What people read to approve a device: where to go, the code, and for people at a terminal a QR code of both. */
export function devicePrompt({ userCode, verificationUri, verificationUriComplete, expiresAt }: DeviceAuthorization, { isInteractive, colours, paint }: { readonly isInteractive: boolean; readonly colours: boolean; readonly paint: Paint }): string {
  const hasQrCode = isInteractive && verificationUriComplete !== undefined
  const until = new Date(expiresAt * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return [
    hasQrCode ? `\n${indented(qrCode(verificationUriComplete, { colours }))}\n` : '',
    hasQrCode ? '\n  Scan the code, or\n' : '',
    `\n  Open    ${paint.bold(visible(verificationUri))}\n  Enter   ${paint.bold(visible(userCode))}\n`,
    `\n  ${paint.dim(`Waiting until ${until}. Ctrl-C ends it.`)}\n\n`,
  ].join('')
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
