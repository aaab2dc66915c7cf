import { createHash } from 'node:crypto'
import { json, outputsPath, servicePath, type ApiAnswer, type Json, type Output } from '@vitrine/contract'
import { resultKinds } from '@vitrine/contract/results'
import { isObject } from '@vitrine/contract/schema-check'
import { sampleOf, type SampleBounds } from './answer-sample.ts'
import type { MediaBytes } from './api-request.ts'

/** The answer of an operation as it came. */
export type RawAnswer = { status: number; mime: string; body: Buffer }

/** A result, and the files that it names. `isCut` if it was made of a part of the value. */
export type AnswerOutput = { output: Output; files: MediaBytes[]; isCut: boolean }

/** Why an answer cannot be the chosen result. */
export type AnswerMisfit = 'not_json' | 'beyond_json' | 'no_such_place' | 'not_of_kind' | 'no_file_path'

/** The answer does not have the form of the chosen result. */
export class AnswerNotFitting extends Error {
  readonly why: AnswerMisfit

  constructor(why: AnswerMisfit, cause?: unknown) {
    super(`the answer does not fit: ${why}`, { cause })
    this.why = why
  }
}

const endings: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'image/svg+xml': '.svg',
  'audio/wav': '.wav',
  'audio/x-wav': '.wav',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'text/csv': '.csv',
}
/** The first bytes of the pictures and sounds that APIs return as base64 without a type. */
const signatures: readonly (readonly [string, string])[] = [
  ['89504e47', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['47494638', 'image/gif'],
  ['52494646', 'audio/wav'],
  ['494433', 'audio/mpeg'],
]

/** Whether an answer is JSON by its type. */
export const isJsonType = (mime: string): boolean => /^application\/(?:[\w.-]+\+)?json$/.test(mime)

/** The JSON of answers that have been read: for a large one it takes longer than all that is done with it. */
const alreadyRead = new WeakMap<RawAnswer, Json>()

/**
 * An answer as JSON. Throws {@link AnswerNotFitting} for anything else, and for JSON that is nested deeper than any reader
 * of it can go.
 */
export function jsonOf(raw: RawAnswer): Json {
  const known = alreadyRead.get(raw)
  if (known !== undefined) return known
  let value: unknown
  try {
    value = JSON.parse(raw.body.toString('utf8'))
  } catch (error) {
    throw new AnswerNotFitting('not_json', error)
  }
  const read = json.safeParse(value)
  if (!read.success) throw new AnswerNotFitting('beyond_json', read.error)
  alreadyRead.set(raw, read.data)
  return read.data
}

/** The value at a place of an answer; undefined if there is none. Pure. */
export function valueAt(answer: Json, path: ApiAnswer['path']): Json | undefined {
  let now: Json | undefined = answer
  for (const step of path) {
    if (Array.isArray(now)) now = typeof step === 'number' ? now[step] : undefined
    else if (isObject(now)) now = Object.hasOwn(now, step) ? now[String(step)] : undefined
    else return undefined
  }
  return now
}

const notOfKind = () => new AnswerNotFitting('not_of_kind')

/** The ending of the name of a file of a type; empty for types that have none here. */
export const endingOfType = (mime: string): string => endings[mime] ?? ''

/** The type of a file by its first bytes. */
export const typeByContent = (content: Buffer): string | undefined => {
  const start = content.subarray(0, 4).toString('hex')
  return signatures.find(([bytes]) => start.startsWith(bytes))?.[1]
}

/** A file that is in JSON as base64 or as a data URL. */
function fileIn(value: Json): MediaBytes {
  const [, type, encoded] =
    /^data:([\w/+.-]+);base64,(.*)$/s.exec(typeof value === 'string' ? value : '') ?? []
  const text = encoded ?? (typeof value === 'string' ? value : '')
  if (text.length < 8 || !/^[A-Za-z0-9+/_=\s-]+$/.test(text)) throw notOfKind()
  const content = Buffer.from(text, 'base64')
  return { content, mime: type ?? typeByContent(content) ?? 'application/octet-stream', name: '' }
}

function fileOutput(file: MediaBytes, kind: string, serviceId: string): AnswerOutput {
  const name = createHash('sha256').update(file.content).digest('hex') + endingOfType(file.mime)
  const url = `${servicePath(serviceId).slice(0, -1)}${outputsPath}${name}`
  return { output: { kind, data: { url, mime: file.mime } }, files: [{ ...file, name }], isCut: false }
}

/** Which result is made of an answer, and for which service. `most` bounds the part that is looked at; absent: all of it. */
type Wanted = { answer: ApiAnswer; serviceId: string; most?: SampleBounds | undefined }

/** A JSON answer as the chosen kind of result. Throws {@link AnswerNotFitting}. No effects. */
export function jsonOutput(all: Json, { answer, serviceId, most }: Wanted): AnswerOutput {
  const { kind, path, ...names } = answer
  const value = valueAt(all, path)
  if (value === undefined) throw new AnswerNotFitting('no_such_place')
  const { foreign, data: schema } = resultKinds[kind]
  if (foreign === 'file') return fileOutput(fileIn(value), kind, serviceId)
  const { sample, isCut } = most ? sampleOf(value, most) : { sample: value, isCut: false }
  const data = foreign?.read(sample, names)
  const read = schema.safeParse(data)
  if (data === undefined || !read.success) throw new AnswerNotFitting('not_of_kind', read.error)
  return { output: { kind, data }, files: [], isCut }
}

/** An answer as the chosen kind of result. What is not JSON is a file, or a text. Throws as {@link jsonOutput}. */
export function answerOutput(raw: RawAnswer, wanted: Wanted): AnswerOutput {
  const { answer, serviceId } = wanted
  if (isJsonType(raw.mime)) return jsonOutput(jsonOf(raw), wanted)
  if (resultKinds[answer.kind].foreign === 'file')
    return fileOutput({ content: raw.body, mime: raw.mime, name: '' }, answer.kind, serviceId)
  if (!raw.mime.startsWith('text/')) throw new AnswerNotFitting('not_json')
  return jsonOutput(raw.body.toString('utf8'), { ...wanted, answer: { ...answer, path: [] } })
}
