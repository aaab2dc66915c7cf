import type { ApiOperationBrief, ApiOverview, WrittenField } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { CodeRoute } from '../algorithms/recognition/code-routes/code-route.ts'
import { openApiPaths } from '../instances/examine-app.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { DocumentReader } from './document-reader.ts'
import { findDocument } from './find-document.ts'
import type { ReadOperation } from './openapi-operation.ts'
import type { OperationName } from './document-content.ts'
import { writtenOperation } from './written-operation.ts'

const same = (one: OperationName, other: OperationName) =>
  one.method === other.method && one.path === other.path

/** An operation, with its fields as they can be written by hand if no document describes it. */
type DescribedOperation = Pick<ApiOperationBrief, 'described_by'> & {
  operation: ReadOperation
  written: WrittenField[] | null
}

/** What is known of the API of a service. */
export type DescribedApi = Pick<ApiOverview, 'source' | 'missing' | 'title' | 'operations' | 'total'> & {
  /** The operation that was asked for; null if nothing is known of it. */
  asked: DescribedOperation | null
}

/** Where a served release can be asked, and its files and code read. */
export type ApiPlace = {
  release: Pick<StoredRelease, 'appFacts' | 'api'>
  endpoint: InstanceEndpoint
  folder: string
  ownerId: string
  /** Null if reading the code took too long or too much memory. */
  codeRoutes: () => Promise<CodeRoute[] | null>
}

const briefOf = ({ method, path }: OperationName, by: 'code' | 'hand'): ApiOperationBrief => ({
  method,
  path,
  summary: '',
  described_by: by,
})

const describedBy = (
  by: 'code' | 'hand',
  of: Parameters<typeof writtenOperation>[0],
  written: WrittenField[],
): DescribedOperation => ({ described_by: by, operation: writtenOperation(of, written), written })

/** The operation that a person described for the release that serves; null if there is none. */
const byHand = ({ api }: ApiPlace['release']): DescribedOperation | null =>
  api?.written ? describedBy('hand', api.operation, api.written) : null

/**
 * What describes the API of a service: its OpenAPI document, else the routes in the code of its package. An operation that a
 * person described is among them.
 */
export async function describedApi(
  documents: DocumentReader,
  { release, endpoint, folder, ownerId, codeRoutes }: ApiPlace,
  named: OperationName | null,
): Promise<DescribedApi> {
  const openapi = release.appFacts === null ? '/openapi.json' : release.appFacts.openapi
  const found = await findDocument(documents, { endpoint, openapi, folder, ownerId }, named)
  const hand = byHand(release)
  const own = hand ? [briefOf(hand.operation, 'hand')] : []
  const isOwn = (one: OperationName) => hand !== null && same(hand.operation, one)
  const asksForOwn = named !== null && isOwn(named)
  if (found.found) {
    const { source, document } = found
    const { title, operations, total, operation } = document
    const others = operations.filter((one) => !isOwn(one))
    const listed: DescribedOperation | null = operation && {
      described_by: 'document',
      operation,
      written: null,
    }
    return {
      source,
      missing: null,
      title,
      operations: [...own, ...others],
      total: total + own.length + others.length - operations.length,
      asked: asksForOwn ? hand : listed,
    }
  }
  const read = await codeRoutes()
  const routes = read ?? []
  const seen = routes.filter((route) => !isOwn(route)).map((route) => briefOf(route, 'code'))
  const route = named && routes.find((each) => same(each, named))
  return {
    source: null,
    missing: {
      why: found.why,
      looked_for: [...(openapi === null ? openApiPaths : []), ...found.tried],
      code: read === null ? 'too_slow' : 'read',
    },
    title: '',
    operations: [...own, ...seen],
    total: own.length + seen.length,
    asked: asksForOwn ? hand : route ? describedBy('code', route, route.fields) : null,
  }
}
