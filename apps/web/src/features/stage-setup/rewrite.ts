import type { ApiOperation, WrittenField } from '@vitrine/contract'
import { mappingOf, writtenProblem, type Written } from './written.ts'

/** A written operation that can be tried, and its mapping. */
export type Mapped = { written: Written; operation: ApiOperation | null }

const keyOf = ({ place, name }: Pick<WrittenField, 'place' | 'name'>) => `${place} ${name}`

/** The mapping with the new names of fields that were renamed: at the same row and place, and new in the list. */
function renamed({ written, operation }: Mapped, next: Written): ApiOperation | null {
  const { fields } = written
  if (operation === null || fields.length !== next.fields.length) return operation
  const before = new Set(fields.map(keyOf))
  const after = new Set(next.fields.map(keyOf))
  const names = new Map(
    next.fields.flatMap((now, at): [string, string][] => {
      const was = fields[at]
      const isRenamed = was?.place === now.place && !before.has(keyOf(now)) && !after.has(keyOf(was))
      return isRenamed ? [[keyOf(was), now.name]] : []
    }),
  )
  return {
    ...operation,
    fields: operation.fields.map((field) => ({ ...field, name: names.get(keyOf(field)) ?? field.name })),
  }
}

/**
 * What a person wrote, with a mapping that keeps what they had chosen in `last`. While they type, a name or the path may be
 * empty: then `last` stays as it is, so that nothing they chose is lost. Pure.
 */
export const rewritten = (last: Mapped, next: Written): Mapped =>
  writtenProblem(next) === null ? { written: next, operation: mappingOf(next, renamed(last, next)) } : last

/** The kind of the input of a mapping, by which data that was entered for it can be used again. Pure. */
export const kindOfInput = (operation: ApiOperation | null): string | undefined =>
  operation?.fields.flatMap(({ value }) => (value.from === 'input' ? [value.kind] : []))[0]
