import type { MappedApi } from '@vitrine/contract'
import type { DocumentReader } from './document-reader.ts'
import { findDocument, type Described } from './find-document.ts'
import { mappedApi, misfitOf } from './mapped-api.ts'
import { writtenOperation } from './written-operation.ts'

/**
 * The operation that replaced `predict` in an earlier release, for a new one: with the schemas of the new API. Null if
 * the new API has no such operation any more, or it takes other fields. One that a person described stays as it is.
 */
export async function carriedApi(
  documents: DocumentReader,
  earlier: MappedApi,
  at: Described,
): Promise<MappedApi | null> {
  const { operation: mapping, written } = earlier
  // Nothing shows whether the new code still has it; the person who described it sees this at the first run.
  if (written) return { ...mappedApi(mapping, writtenOperation(mapping, written)), written }
  const found = await findDocument(documents, at, mapping)
  const operation = found.found ? found.document.operation : null
  if (!operation || misfitOf(mapping, operation)) return null
  return mappedApi(mapping, operation)
}
