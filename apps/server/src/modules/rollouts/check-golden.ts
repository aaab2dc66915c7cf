import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { errors } from 'undici'
import { goldenExamplesOf, type Json, type Manifest, type ManifestExample } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { MemoryReclaimed, type MemoryBudget, type Hold } from '../../lib/memory-budget.ts'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedBytes, TextTooLong } from '../../lib/limited-text.ts'
import { pathInPackage } from '../../lib/path-in-package.ts'
import { translatedWords, type Words } from '../../lib/words.ts'
import { parsePredictResponse, timesInMemory, weightWithin } from '../instances/answer-values.ts'
import { mostAnswerBytes } from '../instances/instance-facts.ts'
import { compareGolden } from './compare-golden.ts'
import { goldenFailed, verificationFailed } from '../releases/releases.errors.ts'

/** The longest reason for a refused answer that is stored, in characters: a check can name thousands of wrong parts. */
const longestReason = 2_000

const mediaKinds = new Set<unknown>(['image', 'audio', 'video', 'file'])

/** Whether one element of a manifest's input is a media file. */
export const takesMedia = (manifest: Pick<Manifest, 'input'>): boolean =>
  mediaKinds.has(manifest.input['x-kind'])

/**
 * Media types by file ending, for the few types of demo inputs in packages. The runtimes check the content
 * themselves.
 */
const mimeByEnding: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.bmp': 'image/bmp',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.mp4': 'video/mp4',
  '.avi': 'video/x-msvideo',
  '.webm': 'video/webm',
}

/** The memory that checking one example takes of that which all calls share. */
type Memory = Pick<Hold, 'take'>

/** How often the bytes of a file are in memory: as text in base64, in the request, and as it is sent. */
const timesSent = 4

async function inlineMedia(folder: string, element: Json, memory: Memory): Promise<Json> {
  if (typeof element !== 'string') return element
  const path = await pathInPackage(folder, element)
  if (path === null) return element
  const mime = mimeByEnding[extname(path).toLowerCase()] ?? 'application/octet-stream'
  await memory.take((await stat(path)).size * timesSent)
  return { data: await readFile(path, 'base64'), mime }
}

type Input = {
  manifest: Manifest
  folder: string
  /** The address of the instance. */
  endpoint: InstanceEndpoint
  timeoutMs: number
  signal: AbortSignal
  /** The log lines of the instance. */
  lines: () => Promise<string[]>
  /** Hides the secrets of the service in what the instance answers. */
  mask: (text: string) => string
  /** The memory that all calls share, and who takes it. */
  memory: MemoryBudget
  person: string
}

/** Sends an example and reads the whole answer. Rejects if there is none. */
async function answerTo(
  { manifest, folder, endpoint, timeoutMs }: Input,
  example: ManifestExample,
  hold: Pick<Hold, 'take' | 'signal'>,
): Promise<Buffer> {
  const elements: Json[] = []
  for (const element of example.input_data)
    elements.push(takesMedia(manifest) ? await inlineMedia(folder, element, hold) : element)
  const answer = await requestAt(endpoint, '/predict', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input_data: elements, parameters: example.parameters ?? {} }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: hold.signal,
  })
  const text = await limitedBytes(answer.body, mostAnswerBytes, (bytes) => hold.take(bytes * timesInMemory))
  await hold.take(weightWithin(text))
  return text
}

const parsed = async (text: Buffer) => parsePredictResponse(text)

const noProtocol = (name: Words, why: string): Words => ({
  zh: `示例“${name.zh}”的响应不符合协议（${why}）`,
  en: `example “${name.en}” got a response that does not follow the protocol (${why})`,
})
const noMemory = (name: Words): Words => ({
  zh: `示例“${name.zh}”占用的内存让给了其他调用，请稍后再试`,
  en: `the memory of example “${name.en}” was needed by other calls; try again later`,
})
const tooLate = (name: Words, seconds: number): Words => ({
  zh: `示例“${name.zh}”在 ${seconds} 秒内没有响应。可以在服务的设置里延长请求超时`,
  en: `example “${name.en}” got no response within ${seconds} s. The request timeout in the settings of the service can be longer`,
})
const tooLarge = (name: Words): Words => ({
  zh: `示例“${name.zh}”的响应超过了 ${mostAnswerBytes / 1024 ** 2} MB`,
  en: `the response to example “${name.en}” is larger than ${mostAnswerBytes / 1024 ** 2} MB`,
})
const brokenOff = (name: Words, why: string): Words => ({
  zh: `示例“${name.zh}”没有得到响应：实例关闭了连接，或已经退出（${why}）`,
  en: `example “${name.en}” got no response: the instance closed the connection, or has exited (${why})`,
})

/** Why an example got no answer. */
function whyNoAnswer(name: Words, error: Error, { timeoutMs }: Input): Words {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return tooLate(name, timeoutMs / 1000)
  return error instanceof TextTooLong ? tooLarge(name) : brokenOff(name, error.message)
}

async function checkExample(input: Input, example: ManifestExample): Promise<void> {
  const { mask } = input
  const name = translatedWords(input.manifest.translations, example.name)
  const hold = input.memory.open(input.person, input.signal)
  const failed = async (reason: Words, error: unknown) =>
    verificationFailed({ reason, lines: await input.lines() }, error)
  try {
    const text = await answerTo(input, example, hold).catch(async (error: Error) => {
      input.signal.throwIfAborted()
      const isReclaimed = hold.signal.reason instanceof MemoryReclaimed
      throw await failed(isReclaimed ? noMemory(name) : whyNoAnswer(name, error, input), error)
    })
    const answer = await parsed(text).catch(async (error: Error) => {
      throw await failed(noProtocol(name, mask(error.message).slice(0, longestReason)), error)
    })
    const difference = compareGolden(example.expect ?? [], answer.predictions, example.tolerance)
    if (difference) throw goldenFailed({ example: name, ...difference, got: mask(difference.got) })
  } finally {
    hold.end()
  }
}

/**
 * Runs the golden examples of a release on its new instance. Throws at the first one without an answer or
 * with an unexpected one. Resolves with how many there are. A server of the package's own has no golden
 * examples to check.
 */
export async function checkGolden(input: Input): Promise<number> {
  const golden = goldenExamplesOf(input.manifest)
  for (const example of golden) await checkExample(input, example)
  return golden.length
}
