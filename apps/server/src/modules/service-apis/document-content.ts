import type { ApiOperationBrief } from '@vitrine/contract'
import type { ReadOperation } from './openapi-operation.ts'

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
