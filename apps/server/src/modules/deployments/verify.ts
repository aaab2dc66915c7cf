import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import {
  predictResponse,
  usesRuntime,
  type Endpoint,
  type Json,
  type Manifest,
  type ManifestExample,
} from '@vitrine/contract'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedText } from '../../lib/limited-text.ts'
import { translatedWords } from '../../lib/words.ts'
import { mostAnswerBytes } from '../instances/instance-facts.ts'
import { compareGolden } from './golden.ts'
import { goldenFailed, verificationFailed } from '../releases/releases.errors.ts'

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

/** The absolute path of a package's file. Null if the name leaves the package or names nothing. */
export async function packageFile(folder: string, name: string): Promise<string | null> {
  const path = await realpath(join(folder, name)).catch(() => null)
  return path?.startsWith((await realpath(folder)) + sep) ? path : null
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
  return predictResponse.parse(JSON.parse(await limitedText(answer.body, mostAnswerBytes)))
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
        const reason = {
          zh: `示例“${name.zh}”的响应不符合协议（${error.message}）`,
          en: `example “${name.en}” got a response that does not follow the protocol (${error.message})`,
        }
        throw verificationFailed({ reason, lines: await input.lines() }, error)
      },
    )
    const difference = compareGolden(example.expect ?? [], answer.predictions, example.tolerance)
    if (difference) throw goldenFailed({ example: name, ...difference })
  }
  return golden.length
}
