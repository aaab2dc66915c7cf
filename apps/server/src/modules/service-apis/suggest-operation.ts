import type { ApiAnswer, ApiField, ApiFieldInfo, ApiInputKind, ApiOperation } from '@vitrine/contract'
import type { ReadField, ReadOperation } from './openapi-operation.ts'
import { suggestAnswers } from './suggest-answer.ts'

const mediaWords: readonly (readonly [RegExp, ApiInputKind])[] = [
  [/audio|sound|speech|voice|recording|\bwav\b|\bmp3\b|transcri|录音|语音|音频/i, 'audio'],
  [/video|\bclip\b|\bmp4\b|视频/i, 'video'],
  [/image|\bimg\b|photo|picture|frame|face|\bpng\b|\bjpe?g\b|图|照片/i, 'image'],
]
/** Names that people give to the input itself, the likeliest first. */
const inputNames = /^(text|prompt|inputs?|query|question|sentence|content|message|document|q|data|url)$/i

const isText = ({ schema, media }: ApiFieldInfo) =>
  media === null && schema.type === 'string' && schema.enum === undefined

/** What kind of media a field takes, by the words around it: those of the field count before those of the operation. */
function mediumOf(field: ApiFieldInfo, operation: ReadOperation): ApiInputKind {
  const own = `${field.name} ${field.title} ${field.description}`
  const around = `${operation.path} ${operation.summary} ${operation.description}`
  for (const words of [own, around])
    for (const [pattern, kind] of mediaWords) if (pattern.test(words.replaceAll(/[_/-]/g, ' '))) return kind
  return 'file'
}

/** How a person can enter a field as the input. */
function inputKindOf(field: ReadField, operation: ReadOperation): ApiInputKind {
  if (field.inputKind) return field.inputKind
  if (field.media !== null) return mediumOf(field, operation)
  return isText(field) ? 'text' : 'json'
}

/** How media of a field are sent. */
const sendOf = ({ media }: ApiFieldInfo, { body }: Pick<ReadOperation, 'body'>): ApiField['send'] => {
  if (media === null) return 'value'
  return media === 'file' && (body === 'multipart' || body === 'raw') ? 'file' : 'base64'
}

function likeliestInput(fields: readonly ReadField[]): ReadField | undefined {
  const tests: ((field: ReadField) => boolean)[] = [
    ({ media }) => media !== null,
    (field) => isText(field) && inputNames.test(field.name),
    ({ name }) => inputNames.test(name),
    (field) => isText(field) && field.required,
    isText,
    ({ place }) => place === 'whole',
    ({ required }) => required,
    () => true,
  ]
  for (const fits of tests) {
    const found = fields.find(fits)
    if (found) return found
  }
  return undefined
}

/** How an answer is shown before one has come: by its media type. */
function answerOf({ answers }: ReadOperation): ApiAnswer {
  const isJson = answers === '' || answers.includes('json')
  const [best] = isJson ? [] : suggestAnswers({ status: 200, mime: answers, body: Buffer.alloc(0) })
  return best ?? { kind: 'json', path: [] }
}

const isMethod = (method: string): method is ApiOperation['method'] =>
  ['GET', 'POST', 'PUT', 'PATCH'].includes(method)

/**
 * How an operation can be mapped without a question: the likeliest field is the input, all others are parameters. Null if
 * it has no field. Pure.
 */
export function suggestOperation(operation: ReadOperation): ApiOperation | null {
  const { method, path, body, fields } = operation
  const input = likeliestInput(fields)
  if (!input || !isMethod(method)) return null
  const others = fields.filter((field) => field !== input && field.media === null && field.place !== 'whole')
  return {
    method,
    path,
    body,
    fields: [
      {
        name: input.name,
        place: input.place,
        value: { from: 'input', kind: inputKindOf(input, operation) },
        send: sendOf(input, operation),
      },
      ...others.map(({ name, place }): ApiField => ({
        name,
        place,
        value: { from: 'parameter' },
        send: 'value',
      })),
    ],
    answer: operation.answer ?? answerOf(operation),
  }
}
