import type { DeviceAuthorization } from '@latchkey/client'
import { renderUnicodeCompact } from 'uqr'
import { visible } from './report.ts'
import type { Paint } from './terminal.ts'

/** What people read to approve a device: where to go, the code, and for people at a terminal a QR code of both. */
export function devicePrompt({ userCode, verificationUri, verificationUriComplete, expiresAt }: DeviceAuthorization, { isInteractive, colours, paint }: { readonly isInteractive: boolean; readonly colours: boolean; readonly paint: Paint }): string {
  const hasQrCode = isInteractive && verificationUriComplete !== undefined
  const until = new Date(expiresAt * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return [
    hasQrCode ? `\n${qrCode(verificationUriComplete, colours)}\n` : '',
    hasQrCode ? '\n  Scan the code, or\n' : '',
    `\n  Open    ${paint.bold(visible(verificationUri))}\n  Enter   ${paint.bold(visible(userCode))}\n`,
    `\n  ${paint.dim(`Waiting until ${until}. Ctrl-C ends it.`)}\n\n`,
  ].join('')
}

// With colours it can be scanned whatever the terminal's own are.
function qrCode(text: string, colours: boolean): string {
  const lines = renderUnicodeCompact(text, { ecc: 'L', border: 2 }).split('\n')
  return lines.map((line) => `  ${colours ? `\u001b[97;40m${line}\u001b[0m` : line}`).join('\n')
}
