import { writeFileSync } from 'node:fs'
import { conformancePage } from './report.ts'

writeFileSync(new URL('../../docs/conformance.md', import.meta.url), conformancePage())
