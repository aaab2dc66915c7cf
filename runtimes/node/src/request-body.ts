import type { IncomingMessage } from 'node:http'
import { Problem, type FieldProblem } from './problem.ts'
import { isObject } from '@vitrine/contract/schema-check'

/** The parts of `POST /predict`. */
export type RequestBody = {
  inputData: unknown[]
  batchId: string | null
  parameters: Record<string, unknown>
}

const longestBatchId = 200
const longestBody = 2 ** 30
// A byte order mark is kept, so JSON.parse refuses it, as JSON requires (RFC 8259, section 8.1).
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Parses the JSON of a body. Throws {@link Problem} `request.not_json`. */
export function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(raw))
  } catch (error) {
    throw new Problem('request.not_json', { values: { reason: error instanceof Error ? error.message : '' } })
  }
}

const tooLarge = () => new Problem('request.too_large', { values: { limit_bytes: longestBody } })

/**
 * Reads the whole body. Rejects with {@link Problem} `request.too_large`, by the announced length before the first byte,
 * or when the caller disconnects.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > longestBody) throw tooLarge()
  const parts: Buffer[] = []
  let total = 0
  // By default, leaving the loop early would end the connection, and the refusal could not be sent.
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(part)) throw new TypeError('the request was read as text')
    total += part.length
    if (total > longestBody) {
      // The rest is read and dropped, so that the caller comes to read the answer.
      request.resume()
      throw tooLarge()
    }
    parts.push(part)
  }
  const [first] = parts
  return parts.length === 1 && first ? first : Buffer.concat(parts, total)
}

/** Parses a body. Throws {@link Problem} with the path of each invalid field. */
export function parseBody(raw: Uint8Array): RequestBody {
  const body = parseJson(raw)
  if (!isObject(body)) {
    throw new Problem('request.invalid', {
      fields: [{ path: '', rule: 'field.type', values: { expected: 'object' } }],
    })
  }
  const { input_data: inputData, batch_id: batchId, parameters } = body
  const wrong: FieldProblem[] = []
  const wrongType = (path: string, expected: string) =>
    wrong.push({ path, rule: 'field.type', values: { expected } })
  if (inputData === undefined) wrong.push({ path: 'input_data', rule: 'field.required', values: {} })
  else if (!Array.isArray(inputData)) wrongType('input_data', 'array')
  if (batchId !== undefined && batchId !== null && typeof batchId !== 'string')
    wrongType('batch_id', 'string')
  else if (typeof batchId === 'string' && batchId.length > longestBatchId) {
    wrong.push({ path: 'batch_id', rule: 'field.maxLength', values: { expected: longestBatchId } })
  }
  if (parameters !== undefined && parameters !== null && !isObject(parameters))
    wrongType('parameters', 'object')
  if (wrong.length > 0 || !Array.isArray(inputData)) throw new Problem('request.invalid', { fields: wrong })
  return {
    inputData,
    batchId: typeof batchId === 'string' ? batchId : null,
    parameters: isObject(parameters) ? parameters : {},
  }
}
