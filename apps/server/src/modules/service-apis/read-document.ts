import type { ApiOperationBrief } from '@vitrine/contract'
import { readOpenApi } from './openapi-document.ts'
import { readOperation, type ReadOperation } from './openapi-operation.ts'

/** The name of an operation in a document. */
export type OperationName = { method: string; path: string }

/** What is read of an OpenAPI document: its list, and the operation that was asked for if it has one of this name. */
export type ReadDocument = {
  title: string
  operations: ApiOperationBrief[]
  /** How many there are, also those that are not listed. */
  total: number
  operation: ReadOperation | null
}

/** What the thread that reads documents is asked. */
export type DocumentRequest = { text: string; named: OperationName | null }

/** Reads a document of outside. Null if it is no OpenAPI 3 document. Outside of tests it runs in a thread (`document-reader.ts`). */
export function readDocument({ text, named }: DocumentRequest): ReadDocument | null {
  const document = readOpenApi(text)
  if (!document) return null
  const { title, operations, total } = document
  return {
    title,
    operations: operations.map(({ method, path, summary }) => ({
      method,
      path,
      summary,
      described_by: 'document',
    })),
    total,
    operation: named && readOperation(document, named),
  }
}
