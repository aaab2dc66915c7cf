import type { FastifyInstance, FastifyRequest } from 'fastify'
import { finished } from 'node:stream'
import type { Hold } from '../lib/memory-budget.ts'
import { jsonWeight } from '../lib/json-weight.ts'
import { bodyTooManyValues, malformedRequest, textUnstorable } from './http.errors.ts'
import { jsonFault } from './json-fault.ts'

/** Opens what the body of a request takes of the memory that all bodies share, until it is answered. */
export type OpenBody = (request: FastifyRequest) => Hold

/** The memory of bodies up to this size is not counted, in bytes. */
const smallBytes = 64 * 1024
/** How often the bytes of a body are in memory before it is parsed: as they came, and as letters, which may take two each. */
const timesAsText = 3
/** How often the values of a body are in memory: as they were parsed, and as the schema of the route makes them. */
const timesAsValues = 2
/** The memory that the values of one body may take, in bytes. `[[],[],…]` takes thirty times the length of its text. */
const mostValueBytes = 128 * 1024 ** 2

/** Half of a surrogate pair. JSON can escape it, but no valid text can hold it (RFC 8259, section 8.2). */
const surrogate = /\\u[dD][89a-fA-F]/
/**
 * Whether a string or a key in the body holds half a surrogate pair. Uses a list, not recursion, because a
 * body may be nested deeper than the call stack allows. The list has only what may hold texts: it must not take more
 * than the body, of which arrays of numbers may be the most.
 */
function hasHalfCharacter(body: unknown): boolean {
  const left: object[] = []
  const isBad = (value: unknown): boolean => {
    if (typeof value === 'object' && value !== null) left.push(value)
    return typeof value === 'string' && !value.isWellFormed()
  }
  const holdsBad = (value: object): boolean => {
    if (Array.isArray(value)) return value.some(isBad)
    for (const [key, each] of Object.entries(value)) if (!key.isWellFormed() || isBad(each)) return true
    return false
  }
  if (isBad(body)) return true
  for (let value = left.pop(); value; value = left.pop()) if (holdsBad(value)) return true
  return false
}

/** The types of JSON: `application/json` and those that are named after it (RFC 6839). */
const jsonType = /^application\/(?:[\w.-]+\+)?json$/

/** Whether the body will be collected and parsed. Routes that stream have no parser, whatever type their bodies state. */
function isParsed({ headers, server }: FastifyRequest): boolean {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';')
  return jsonType.test(type.trim()) && server.hasContentTypeParser(type.trim())
}

/** The bytes that a body may have: those that were announced, or all that its route permits. */
const bytesOf = ({ headers, routeOptions }: FastifyRequest): number =>
  headers['content-length'] === undefined && headers['transfer-encoding'] !== undefined
    ? (routeOptions.bodyLimit ?? 0)
    : Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit ?? 0)

/**
 * Takes room for large JSON bodies, before they are read and before they are parsed: several at once could use up the memory.
 * Returns what takes room for the values of a body.
 */
function addRoom(app: FastifyInstance, open: OpenBody) {
  const holds = new WeakMap<FastifyRequest, Hold>()
  app.addHook('preParsing', async (request, reply, payload) => {
    const bytes = bytesOf(request)
    if (bytes <= smallBytes || !isParsed(request)) return payload
    const hold = open(request)
    holds.set(request, hold)
    finished(reply.raw, () => hold.end())
    await hold.take(bytes * timesAsText)
    // Others wait for the memory of somebody who does not send on.
    hold.signal.addEventListener('abort', () => void (request.raw.complete || request.raw.destroy()), {
      once: true,
    })
    return payload
  })
  return async (request: FastifyRequest, body: Uint8Array): Promise<void> => {
    const hold = holds.get(request)
    if (!hold) return
    const bytes = jsonWeight(body)
    if (bytes > mostValueBytes) throw bodyTooManyValues({ limit_bytes: mostValueBytes })
    await hold.take(bytes * timesAsValues)
  }
}

/**
 * Reads JSON bodies. A route that takes no body also accepts an empty one, because many clients send the JSON
 * content type with every request.
 */
export function addJsonBodies(app: FastifyInstance, open: OpenBody | null): void {
  const takeRoom = open ? addRoom(app, open) : async () => {}
  const parse = app.getDefaultJsonParser('error', 'error')
  const parsed = (request: FastifyRequest, body: string) =>
    new Promise<unknown>((resolve, reject) => {
      void parse(request, body, (error, value) =>
        error ? reject(malformedRequest({ reason: jsonFault(body) }, error)) : resolve(value),
      )
    })
  // As bytes, because it is weighed before it is made a text.
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (body.length === 0 && request.routeOptions.schema?.body === undefined) return undefined
      await takeRoom(request, body)
      const text = body.toString('utf8')
      const value = await parsed(request, text)
      if (surrogate.test(text) && hasHalfCharacter(value)) throw textUnstorable({})
      return value
    },
  )
}
