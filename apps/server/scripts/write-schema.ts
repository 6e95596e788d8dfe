import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configurationJsonSchema } from '../src/config/json-schema.ts'

const file = fileURLToPath(new URL('../../../packages/server/config.schema.json', import.meta.url))
writeFileSync(file, configurationJsonSchema())
console.log(`wrote ${file}`)
