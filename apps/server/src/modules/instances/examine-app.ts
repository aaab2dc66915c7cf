import { predictResponse } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Dispatcher } from 'undici'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedText } from '../../lib/limited-text.ts'
import type { AppFacts } from '../releases/app-facts.ts'

/** Where servers have their OpenAPI document, in the order in which the paths are tried. */
export const openApiPaths: readonly string[] = [
  '/openapi.json',
  '/docs.json',
  '/api/openapi.json',
  '/swagger.json',
  '/api-docs',
]
/** The first answer of a server may load what it needs, and where packages are deployed, the machine is busy. */
const timeoutMs = 15_000
const mostRedirects = 3
/** A page, or an answer to an empty input, is read no further than this, in bytes. */
const briefBytes = 64 * 1024

type Ask = { method?: 'GET' | 'POST'; accept: string; body?: string }

/** Asks for a path. Null if nothing answers in time. */
async function ask(
  endpoint: InstanceEndpoint,
  path: string,
  { method = 'GET', accept, body }: Ask,
): Promise<Dispatcher.ResponseData | null> {
  return requestAt(endpoint, path, {
    method,
    headers: { accept, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    if (error instanceof Error) return null
    throw error
  })
}

/** The beginning of an answer's body; null if it did not arrive. Closes the connection if there is more. */
async function beginning({ body }: Dispatcher.ResponseData): Promise<string | null> {
  return limitedText(body, briefBytes).catch(() => null)
}

const headerOf = ({ headers }: Dispatcher.ResponseData, name: string) => String(headers[name] ?? '')

/** Where an answer leads within the same server; null if it leads elsewhere. Pure. */
export function redirectWithin(location: string, from: string): string | null {
  if (location === '') return null
  const base = new URL(from, 'http://app.invalid')
  const target = URL.canParse(location, base) ? new URL(location, base) : null
  return target?.host === base.host ? target.pathname + target.search : null
}

/** Whether headers let a page of another origin show this one. Pure. */
export function letsOthersShowIt(frameOptions: string, policy: string): boolean {
  const [, ancestors] = /(?:^|;)\s*frame-ancestors([^;]*)/i.exec(policy) ?? []
  if (ancestors !== undefined) return ancestors.trim().split(/\s+/).includes('*')
  return frameOptions.trim() === ''
}

async function findPage(endpoint: InstanceEndpoint): Promise<AppFacts['page']> {
  let path = '/'
  for (let left = mostRedirects; left >= 0; left--) {
    const answer = await ask(endpoint, path, { accept: 'text/html,*/*;q=0.5' })
    if (!answer) return null
    const { statusCode: status } = answer
    await beginning(answer)
    if (status >= 200 && status < 300) {
      if (!headerOf(answer, 'content-type').includes('text/html')) return null
      const frameOptions = headerOf(answer, 'x-frame-options')
      return { framed: letsOthersShowIt(frameOptions, headerOf(answer, 'content-security-policy')) }
    }
    const next = status >= 300 && status < 400 ? redirectWithin(headerOf(answer, 'location'), path) : null
    if (next === null) return null
    path = next
  }
  return null
}

/** Sends an empty input, which no algorithm of the contract has to compute anything for. */
async function speaksContract(endpoint: InstanceEndpoint): Promise<boolean> {
  const body = JSON.stringify({ input_data: [], parameters: {} })
  const answer = await ask(endpoint, '/predict', { method: 'POST', accept: 'application/json', body })
  const text = answer && (await beginning(answer))
  if (!text) return false
  try {
    return predictResponse.safeParse(JSON.parse(text)).success
  } catch {
    // Not JSON, so not an answer of the contract.
    return false
  }
}

async function findOpenApi(endpoint: InstanceEndpoint): Promise<string | null> {
  for (const path of openApiPaths) {
    const answer = await ask(endpoint, path, { accept: 'application/json' })
    if (!answer) return null
    const isJson = answer.statusCode === 200 && headerOf(answer, 'content-type').includes('json')
    // Only whether it is there: the whole is read when somebody wants to map it.
    await beginning(answer)
    if (isJson) return path
  }
  return null
}

/**
 * Finds out what a server of a package's own offers. What it does not answer in time, it does not offer.
 *
 * @param mayPredict whether to ask if it speaks the contract. That is a POST, at which some servers end.
 */
export async function examineApp(
  endpoint: InstanceEndpoint,
  { mayPredict = true }: { mayPredict?: boolean } = {},
): Promise<AppFacts> {
  const [page, predicts, openapi] = await Promise.all([
    findPage(endpoint),
    mayPredict && speaksContract(endpoint),
    findOpenApi(endpoint),
  ])
  return { page, predicts, openapi }
}
