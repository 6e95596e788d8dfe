import * as z from 'zod'

type Schema = z.core.$ZodType
type Path = readonly PropertyKey[]

/** A path as people write it: `clients[0].redirect_uris[1]`. */
export function pathText(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? String(step) : `.${String(step)}`)).join('')
}

/** The keys that the object at this path may have. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  const found = schemaAt(schema, path)
  return found instanceof z.ZodObject ? Object.keys(found.shape) : []
}

function schemaAt(schema: Schema, path: Path): Schema | undefined {
  const bare = unwrapped(schema)
  const [step, ...rest] = path
  if (step === undefined) return bare
  const inner = innerOf(bare, step)
  return inner === undefined ? undefined : schemaAt(inner, rest)
}

function unwrapped(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return unwrapped(schema.unwrap())
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema
}

function innerOf(schema: Schema, step: PropertyKey): Schema | undefined {
  if (schema instanceof z.ZodArray) return schema.element
  return schema instanceof z.ZodObject ? Object.entries(schema.shape).find(([key]) => key === step)?.[1] : undefined
}
