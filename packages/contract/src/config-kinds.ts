import { z } from 'zod'
import type { ConfigKind } from './config-key-definition.ts'
import {
  quantityOf,
  quantityText,
  type ConfigUnit,
  type DurationUnit,
  type SizeUnit,
} from './config-units.ts'
import { rule, type IssueRule } from './issue-rules.ts'

type Range<Unit> = { unit: Unit; min: number; max: number; whole?: boolean }

/** A quantity in a unit, given as a number or as a text such as `5m`. */
const quantity = (broken: IssueRule, { unit, min, max, whole }: Range<ConfigUnit>) =>
  z.union([z.number(), z.string()]).transform((given, ctx): number => {
    const refuse = (name: IssueRule, params: Record<string, string> = {}) => {
      ctx.addIssue({ code: 'custom', message: rule(name), params, input: given })
      return z.NEVER
    }
    const value = typeof given === 'number' ? given : quantityOf(given, unit)
    if (value === null) return refuse(broken)
    if (value < min || value > max)
      return refuse('field.between', { min: quantityText(min, unit), max: quantityText(max, unit) })
    if (whole === true && !Number.isInteger(value)) return refuse('field.whole_unit', { unit: `1${unit}` })
    return value
  })

/** The kind, unit and schema of a key that is a duration. It is stored as a number in the unit. */
export const duration = (range: Range<DurationUnit>) => ({
  kind: 'duration' as const satisfies ConfigKind,
  unit: range.unit,
  schema: quantity('field.duration', range),
})

/** The kind, unit and schema of a key that is a size. It is stored as a number in the unit. */
export const size = (range: Range<SizeUnit>) => ({
  kind: 'size' as const satisfies ConfigKind,
  unit: range.unit,
  schema: quantity('field.size', range),
})

const longestList = 4_000
const entriesOf = (text: string): string[] => text.split(/[\s,]+/).filter((entry) => entry !== '')

/**
 * The kind and schema of a key that is a list of texts without spaces. One text with all entries is accepted too. A
 * list is stored.
 */
export const listOf = (entry: z.ZodType<string, string>, most: number) => ({
  kind: 'list' as const satisfies ConfigKind,
  schema: z
    .union([z.array(z.string()), z.string().max(longestList)])
    .transform((given) => (typeof given === 'string' ? entriesOf(given) : given))
    .pipe(z.array(entry).max(most)),
})

/**
 * The kind and schema of a key whose values follow a JSON Schema, which is made from `schema`. `example` is a valid
 * value.
 */
export const bySchema = <Schema extends z.ZodType>(schema: Schema, example: z.output<Schema>) => ({
  kind: 'schema' as const satisfies ConfigKind,
  schema,
  example,
})
