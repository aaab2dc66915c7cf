import multipart from '@fastify/multipart'
import type { Multipart } from '@fastify/multipart'
import type { BrokenRule, IssueRule } from '@vitrine/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { AppError } from '../lib/errors.ts'
import { formInterrupted } from './http.errors.ts'
import { refusalOf } from './validation.ts'

/** The refusal of a form because of one of its fields. */
export const fieldRefusal = (path: string, rule: IssueRule, values: BrokenRule['values'] = {}): AppError =>
  refusalOf([{ path, rule, values }])

/** Errors of the program rather than of what it was given. */
const isOurs = (error: Error): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/** What a broken body throws inside the multipart parser is the sender's fault, unless the machine or we failed. Pure. */
function asFormRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError || isOurs(error)) return error
  const isOfMachine = 'syscall' in error
  return isOfMachine ? error : formInterrupted({ reason: error.message }, error)
}

/** Reads a form. What it throws is a refusal; the rest of the body is read away then, so that its sender gets to read why. */
export async function readingForm<T>(request: FastifyRequest, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    request.raw.unpipe()
    request.raw.resume()
    throw asFormRefusal(error)
  }
}

/**
 * The parts of a form. A sender who has gone before they are asked for is an interrupted upload: the parser would wait for a
 * connection that has closed already.
 */
export function partsOf(
  request: FastifyRequest,
  limits?: { fileSize: number },
): AsyncIterableIterator<Multipart> {
  if (request.raw.destroyed && !request.raw.complete) throw formInterrupted({ reason: 'its sender has gone' })
  return request.parts(limits && { limits })
}

/** Lets the routes of this scope receive a form with one file; must be awaited before they are added. */
export async function acceptOneFile(scope: FastifyInstance): Promise<void> {
  await scope.register(multipart, {
    defCharset: 'utf8',
    throwFileSizeLimit: false,
    // One more than is taken, so that it is refused by its name.
    limits: { files: 2, fields: 1, fieldSize: 4096 },
  })
}

const refusePart = (part: Multipart): never => {
  throw fieldRefusal(part.fieldname, part.fieldname === 'file' ? 'field.one_only' : 'field.unknown')
}

/** The file's bytes. They end only when the form has ended as forms do, with nothing behind the file. */
async function* bytesOf(file: AsyncIterable<Buffer>, rest: AsyncIterable<Multipart>): AsyncGenerator<Buffer> {
  yield* file
  for await (const part of rest) refusePart(part)
}

/** The file of a form, as it streams in. */
export type FormFile = { name: string; content: Readable }

/**
 * Gives the one file of a form, named `file`, to `keep`; null where the form has none. The content fails where the form breaks off
 * or holds more than the file, so `keep` must not have kept anything before the content ends. Throws `request.invalid`,
 * `upload.interrupted`.
 */
export const withFormFile = <T>(
  request: FastifyRequest,
  options: { atMostBytes: number; missing: () => AppError },
  keep: (file: FormFile) => Promise<T>,
): Promise<T> =>
  readingForm(request, async () => {
    const parts = partsOf(request, { fileSize: options.atMostBytes + 1 })
    const { value: part } = await parts.next()
    if (!part) throw options.missing()
    if (part.type !== 'file' || part.fieldname !== 'file') throw fieldRefusal(part.fieldname, 'field.unknown')
    const content = Readable.from(bytesOf(part.file, parts), { objectMode: false })
    return keep({ name: part.filename, content })
  })
