import multipart from '@fastify/multipart'
import type { Multipart } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { AppError } from '../lib/errors.ts'
import { fieldRefusal, unknownInForm } from '../lib/invalid-request.errors.ts'
import { formInterrupted } from './http.errors.ts'

/** Whether the error is a bug in this program, not a fault of the input. */
const isOurs = (error: Error): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/**
 * Turns an error of the multipart parser into a refusal, because a broken body is the sender's fault. Errors
 * of the machine and bugs of the program stay as they are. Pure.
 */
function asFormRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError || isOurs(error)) return error
  const isOfMachine = 'syscall' in error
  return isOfMachine ? error : formInterrupted({ reason: error.message }, error)
}

/**
 * Reads a form and turns a parser error into a refusal. After an error the rest of the body is read and
 * dropped, so that the sender can read the answer.
 */
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
 * The parts of a form. If the sender has already disconnected, this throws `upload.interrupted`: the parser
 * would wait for ever for a closed connection.
 */
export function partsOf(
  request: FastifyRequest,
  limits?: { fileSize: number },
): AsyncIterableIterator<Multipart> {
  if (request.raw.destroyed && !request.raw.complete) throw formInterrupted({ reason: 'its sender has gone' })
  return request.parts(limits && { limits })
}

/** Lets the routes of this scope receive a form with one file. Must be awaited before the routes are added. */
export async function acceptOneFile(scope: FastifyInstance): Promise<void> {
  await scope.register(multipart, {
    defCharset: 'utf8',
    throwFileSizeLimit: false,
    // One file more than allowed, so that the refusal can name the second one.
    limits: { files: 2, fields: 1, fieldSize: 4096 },
  })
}

const unknownPart = ({ fieldname }: Multipart): AppError => unknownInForm([fieldname], ['file'])

const refusePart = (part: Multipart): never => {
  throw part.fieldname === 'file' ? fieldRefusal('file', 'field.one_only') : unknownPart(part)
}

/** The bytes of the file. The stream ends only when the form has ended properly and holds nothing after the file. */
async function* bytesOf(file: AsyncIterable<Buffer>, rest: AsyncIterable<Multipart>): AsyncGenerator<Buffer> {
  yield* file
  for await (const part of rest) refusePart(part)
}

/** The file of a form while it streams in. */
export type FormFile = { name: string; content: Readable }

/**
 * Gives the file of a form, in the field `file`, to `keep`. The content stream fails if the form is cut off
 * or holds more than this file, so `keep` must not store anything before the content ends. Throws
 * `options.missing` if the form has no file, `request.invalid` and `upload.interrupted`.
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
    if (part.fieldname !== 'file') throw unknownPart(part)
    if (part.type !== 'file') throw fieldRefusal('file', 'field.file')
    const content = Readable.from(bytesOf(part.file, parts), { objectMode: false })
    return keep({ name: part.filename, content })
  })
