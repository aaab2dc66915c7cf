import { z } from 'zod'

const longText = '长'.repeat(70_000)

/** Invalid values that people and broken programs send as an id, name or number in a path. */
export const invalidPathValues = [
  'a/b',
  '../../etc/passwd',
  '..',
  '\u0000',
  "'; drop table users; --",
  '-1',
  '99999999999999999999',
  '🙂',
  'x'.repeat(4_000),
]

/** Parts of an address that are not a percent-encoding of any text. */
export const brokenEncodings = ['%', '%E0%A4%A', '%ff']

/** Values of a query parameter. All are text there. */
export const invalidQueryValues = [
  '',
  '-1',
  '0',
  '1e99',
  'NaN',
  '10000',
  '99999999999999999999',
  '\u0000',
  '%',
  "' or 1=1",
  'constructor',
  '-__proto__',
  '2026-99-99T99:99:99Z',
  'x'.repeat(3_000),
]

/** Values of a JSON body, or of one of its fields. */
export const invalidJsonValues: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  longText,
  [],
  [null],
  Array.from({ length: 20_000 }, () => 0),
  {},
  JSON.parse('['.repeat(4_000) + ']'.repeat(4_000)),
  JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": 1}}'),
]

const schemaPart = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
})

/** A value that fits a JSON Schema by its types. A field that names something gets `name`. */
function sampleOf(schema: unknown, name: string): unknown {
  const part = schemaPart.parse(schema ?? {})
  if (part.const !== undefined) return part.const
  if (part.enum) return part.enum[0]
  const choice = part.anyOf?.[0] ?? part.oneOf?.[0]
  if (choice !== undefined) return sampleOf(choice, name)
  if (part.properties) {
    return Object.fromEntries(
      Object.entries(part.properties).map(([key, each]) => [key, sampleOf(each, name)]),
    )
  }
  if (part.type === 'array') return [sampleOf(part.items, name)]
  if (part.type === 'integer' || part.type === 'number') return part.minimum ?? 1
  if (part.type === 'boolean') return false
  if (part.type === 'string') return part.format === 'uuid' ? '00000000-0000-4000-8000-00000000dead' : name
  return {}
}

const asFields = z.record(z.string(), z.unknown())

/** Bodies that are invalid as a whole, and a valid body with one invalid field, for each field and each value. */
export function bodiesFor(schema: z.ZodType, name: string): unknown[] {
  const sample = sampleOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), name)
  const fields = asFields.safeParse(sample)
  const spoilt = Object.keys(fields.data ?? {}).flatMap((key) =>
    invalidJsonValues.map((value) => ({ ...fields.data, [key]: value })),
  )
  return [...invalidJsonValues, ...spoilt]
}
