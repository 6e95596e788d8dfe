import { encode, renderSVG, renderUnicodeCompact } from 'uqr'

/** How a QR code is drawn: half blocks for terminals, plain characters for those that know no others, or an image. */
export type QrFormat = 'unicode' | 'ascii' | 'svg'

/** Draws a QR code; in colours it can be scanned whatever the terminal's own are. */
export function qrCode(text: string, { format = 'unicode', colours = false }: { readonly format?: QrFormat; readonly colours?: boolean } = {}): string {
  const options = { ecc: 'L', border: 2 } as const
  if (format === 'svg') return renderSVG(text, options)
  const drawn = format === 'unicode' ? renderUnicodeCompact(text, options) : encode(text, options).data.map((row) => row.map((isDark) => (isDark ? '  ' : '##')).join('')).join('\n')
  return colours ? drawn.split('\n').map((line) => `\u001b[97;40m${line}\u001b[0m`).join('\n') : drawn
}
