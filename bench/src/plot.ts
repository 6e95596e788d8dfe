import { limitOf, type Results, type RowResult } from './report.ts'
import type { Contestant } from './rows.ts'

const WIDTH = 860
const LEFT = 170
const BAR = 22
const GAP = 34
const COLOURS: Partial<Record<Contestant, string>> = { 'ours, SQLite': '#0f766e', 'ours, memory': '#5eead4', 'peer, memory': '#94a3b8' }

/** A bar for each server in each row, against the limit of that row. */
export function plot({ rows, surroundings }: Results): string {
  const parts: string[] = []
  let top = 52
  for (const result of rows) {
    const { svg, height } = group(result, top)
    parts.push(svg)
    top += height
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 16}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Units of work a second on one core, Latchkey beside node-oidc-provider">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="26" font-size="16" font-weight="600" fill="#0f172a">Units of work a second on one core</text>
<text x="${WIDTH - 16}" y="26" text-anchor="end" fill="#475569">${escaped(`${surroundings.date} · Node ${surroundings.node} · oidc-provider ${surroundings.libraries['oidc-provider'] ?? ''}`)}</text>
${parts.join('\n')}
</svg>
`
}

function group(result: RowResult, top: number): { svg: string; height: number } {
  const bars = result.measured.filter(({ contestant }) => COLOURS[contestant] !== undefined)
  const limit = limitOf(result)
  const most = Math.max(limit, ...bars.map(({ rate }) => rate))
  const wide = (rate: number) => ((WIDTH - LEFT - 90) * rate) / most
  const peer = bars.find(({ contestant }) => contestant === 'peer, memory')?.rate ?? Number.NaN
  const drawn = bars.map(({ contestant, rate }, at) => {
    const y = top + 20 + at * (BAR + 4)
    const ratio = contestant === 'peer, memory' ? '' : ` (${(rate / peer).toFixed(1)}×)`
    return `<text x="${LEFT - 10}" y="${y + 16}" text-anchor="end" fill="#334155">${escaped(contestant)}</text>
<rect x="${LEFT}" y="${y}" width="${wide(rate).toFixed(1)}" height="${BAR}" rx="3" fill="${COLOURS[contestant] ?? ''}"/>
<text x="${(LEFT + wide(rate) + 6).toFixed(1)}" y="${y + 16}" fill="#0f172a">${Math.round(rate).toLocaleString('en')}${ratio}</text>`
  })
  const bottom = top + 20 + bars.length * (BAR + 4)
  const x = (LEFT + wide(limit)).toFixed(1)
  const line = `<line x1="${x}" y1="${top + 16}" x2="${x}" y2="${bottom}" stroke="#b45309" stroke-dasharray="4 3"/><text x="${x}" y="${top + 12}" text-anchor="end" font-size="11" fill="#b45309">limit ${Math.round(limit).toLocaleString('en')}</text>`
  return { svg: `<text x="16" y="${top + 10}" font-weight="600" fill="#0f172a">${escaped(result.row.title)}</text>\n${drawn.join('\n')}\n${line}`, height: bottom - top + GAP }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
