import * as z from 'zod'
import { configurationSchema } from './schema.ts'

/** The JSON Schema of a configuration file, as it is published for editors. */
export function configurationJsonSchema(): string {
  const schema = z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-7' })
  return `${JSON.stringify({ title: 'Latchkey configuration', ...schema }, null, 2)}\n`
}
