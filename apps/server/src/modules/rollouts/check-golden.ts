import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { usesRuntime, type Endpoint, type Json, type Manifest, type ManifestExample } from '@vitrine/contract'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedBytes } from '../../lib/limited-text.ts'
import { packageFile } from '../../lib/package-file.ts'
import { translatedWords } from '../../lib/words.ts'
import { parsePredictResponse } from '../instances/answer-values.ts'
import { mostAnswerBytes } from '../instances/instance-facts.ts'
import { compareGolden } from './golden.ts'
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

async function inlineMedia(folder: string, element: Json): Promise<Json> {
  if (typeof element !== 'string') return element
  const path = await packageFile(folder, element)
  if (path === null) return element
  const mime = mimeByEnding[extname(path).toLowerCase()] ?? 'application/octet-stream'
  return { data: await readFile(path, 'base64'), mime }
}

async function predict(
  endpoint: Endpoint,
  example: ManifestExample,
  elements: Json[],
  timeoutMs: number,
  signal: AbortSignal,
) {
  const answer = await requestAt(endpoint, '/predict', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input_data: elements, parameters: example.parameters ?? {} }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal,
  })
  return parsePredictResponse(await limitedBytes(answer.body, mostAnswerBytes))
}

/**
 * Runs the golden examples of a release on its new instance. Throws at the first one without an answer or
 * with an unexpected one. Resolves with how many there are. A server of the package's own has no golden
 * examples to check.
 */
export async function checkGolden(input: {
  manifest: Manifest
  folder: string
  /** The address of the instance. */
  endpoint: Endpoint
  timeoutMs: number
  signal: AbortSignal
  /** The log lines of the instance. */
  lines: () => Promise<string[]>
}): Promise<number> {
  const { manifest, folder } = input
  if (!usesRuntime(manifest)) return 0
  const golden = manifest.examples.filter((example) => example.expect !== undefined)
  for (const example of golden) {
    const name = translatedWords(manifest.translations, example.name)
    const elements = takesMedia(manifest)
      ? await Promise.all(example.input_data.map((element) => inlineMedia(folder, element)))
      : example.input_data
    const answer = await predict(input.endpoint, example, elements, input.timeoutMs, input.signal).catch(
      async (error: Error) => {
        input.signal.throwIfAborted()
        const why = error.message.slice(0, longestReason)
        const reason = {
          zh: `示例“${name.zh}”的响应不符合协议（${why}）`,
          en: `example “${name.en}” got a response that does not follow the protocol (${why})`,
        }
        throw verificationFailed({ reason, lines: await input.lines() }, error)
      },
    )
    const difference = compareGolden(example.expect ?? [], answer.predictions, example.tolerance)
    if (difference) throw goldenFailed({ example: name, ...difference })
  }
  return golden.length
}
