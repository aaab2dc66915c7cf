import type { ApiOperation, WrittenField } from '@vitrine/contract'
import { canCarry, writtenFieldInfo } from '@vitrine/contract/written-field'
import type { Misfit } from './mapped-api.ts'
import type { ReadOperation } from './openapi-operation.ts'

/** An operation that no document describes, by the fields that a person wrote or that the code shows. Pure. */
export const writtenOperation = (
  { method, path, body }: Pick<ApiOperation, 'method' | 'path' | 'body'>,
  written: readonly WrittenField[],
): ReadOperation => ({
  method,
  path,
  summary: '',
  description: '',
  body,
  fields: written.map(writtenFieldInfo),
  answers: '',
})

/** The first field that a request cannot carry: at a place that it does not have, or a file where only text can be. Pure. */
export function unsendable(
  sending: Pick<ApiOperation, 'method' | 'body'>,
  written: readonly WrittenField[],
): Misfit {
  const lost = written.find((field) => !canCarry(sending, field))
  return lost === undefined ? null : { why: 'place', field: lost.name }
}
