import { renderUnicodeCompact } from 'uqr'

/** A QR code of half blocks, light on dark; with colours it can be scanned whatever the terminal's own are. */
export function qrCode(text: string, colours: boolean): string {
  const code = renderUnicodeCompact(text, { ecc: 'L', border: 2 })
  return colours ? code.split('\n').map(line => `\u001b[97;40m${line}\u001b[0m`).join('\n') : code
}
