import { readFile, stat } from 'node:fs/promises'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { requestAt } from '../../lib/endpoint-request.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { limitedText, TextTooLong } from '../../lib/limited-text.ts'
import { pathInPackage } from '../../lib/path-in-package.ts'
import type { DocumentReader } from './document-reader.ts'
import { gradioIn, type GradioPaths } from './gradio-info.ts'
import { documentBounds } from './openapi-document.ts'
import type { OperationName, ReadDocument } from './document-content.ts'

/** A document, and where it was found; or why there is none. */
export type FoundDocument =
  | { found: true; source: string; document: ReadDocument }
  | { found: false; why: 'none' | 'too_large' | 'not_openapi' | 'too_slow'; tried: string[] }

/** Files of a package that may describe its API, in the order in which they are tried. */
const documentFiles = [
  'openapi.json',
  'openapi.yaml',
  'openapi.yml',
  'docs/openapi.json',
  'docs/openapi.yaml',
]
const timeoutMs = 10_000

type Text = { text: string } | { why: 'none' | 'too_large' }

async function textAt(endpoint: InstanceEndpoint, path: string): Promise<Text> {
  try {
    const answer = await requestAt(endpoint, path, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await limitedText(answer.body, documentBounds.bytes)
    return answer.statusCode === 200 ? { text } : { why: 'none' }
  } catch (error) {
    if (error instanceof TextTooLong) return { why: 'too_large' }
    if (error instanceof Error) return { why: 'none' }
    throw error
  }
}

async function textIn(folder: string, name: string): Promise<Text> {
  const path = await pathInPackage(folder, name)
  if (path === null) return { why: 'none' }
  const facts = await stat(path)
  if (!facts.isFile()) return { why: 'none' }
  return facts.size > documentBounds.bytes ? { why: 'too_large' } : { text: await readFile(path, 'utf8') }
}

/** A service whose document is looked for. */
export type Described = {
  endpoint: InstanceEndpoint
  /** Where its server has the document; null if it was not found there. */
  openapi: string | null
  /** The folder of the release. */
  folder: string
  ownerId: string
}

/**
 * The searches, by owner. One after the other, so that the documents of one owner do not fill the memory while they wait for a
 * thread, and a server that answers slowly holds up nobody else's.
 */
const searches = keyedQueue()

/**
 * Finds the OpenAPI document of a service: at the path where its server has it, else a file of its package. Reads the operation
 * that is named with it.
 */
export const findDocument = (
  documents: DocumentReader,
  at: Described,
  named: OperationName | null = null,
): Promise<FoundDocument> => searches.run(at.ownerId, () => searchDocument(documents, at, named))

/** Where Gradio has its endpoints, if no document of the server says it: in newer versions, and in older ones. */
const usualGradio: readonly (GradioPaths & { info: string })[] = [
  { info: '/gradio_api/info', call: '/gradio_api/call' },
  { info: '/info', call: '/call' },
]

/** What the Gradio app of a server says of its endpoints. Null if there is none. */
async function gradioDocument(
  documents: DocumentReader,
  { endpoint, ownerId }: Described,
  { info, call }: GradioPaths & { info: string },
  named: OperationName | null,
): Promise<FoundDocument | null> {
  const got = await textAt(endpoint, info)
  if ('why' in got) return null
  const document = await documents.read(ownerId, { text: got.text, named, gradio: { call } })
  return document === null || document === 'exceeded' ? null : { found: true, source: info, document }
}

async function searchDocument(
  documents: DocumentReader,
  at: Described,
  named: OperationName | null,
): Promise<FoundDocument> {
  const { endpoint, openapi, folder, ownerId } = at
  const tried: string[] = []
  let why: Extract<FoundDocument, { found: false }>['why'] = 'none'
  if (openapi === null)
    for (const usual of usualGradio) {
      const found = await gradioDocument(documents, at, usual, named)
      if (found) return found
    }
  for (const source of [...(openapi === null ? [] : [openapi]), ...documentFiles]) {
    const got = source.startsWith('/') ? await textAt(endpoint, source) : await textIn(folder, source)
    tried.push(source)
    if ('why' in got) {
      if (got.why !== 'none') ({ why } = got)
      continue
    }
    const document = await documents.read(ownerId, { text: got.text, named })
    if (document === 'exceeded') why = 'too_slow'
    else if (document === null) why = 'not_openapi'
    else {
      // The document of Gradio's server has the routes of its page, and not what an author has made.
      const gradio = gradioIn(document)
      const found = gradio && (await gradioDocument(documents, at, gradio, named))
      return found ?? { found: true, source, document }
    }
  }
  return { found: false, why, tried }
}
