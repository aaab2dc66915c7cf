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
import { compareGolden } from './golden.ts'
import { goldenFailed, verificationFailed } from '../releases/releases.errors.ts'

/** Room for a picture or a sound in an answer, not for one without an end. */
const answerBytes = 64 * 1024 * 1024
const mediaKinds = new Set<unknown>(['image', 'audio', 'video', 'file'])

/** Whether one element of a manifest's input is a media file. */
export const takesMedia = (manifest: Pick<Manifest, 'input'>): boolean =>
  mediaKinds.has(manifest.input['x-kind'])

/** Media type by a file's ending, for the few that packages ship as demo inputs; the runtimes look at the content themselves. */
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

/** Absolute path of a package's file, or null where the name leaves the package or names nothing. */
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
  return predictResponse.parse(JSON.parse(await limitedText(answer.body, answerBytes)))
}

/**
 * Runs the golden examples of a release on its new instance; the first that does not give what it expects, or no answer, fails.
 * Returns how many there are. A server that the package brings itself has no golden examples to hold it to.
 */
export async function checkGolden(input: {
  manifest: Manifest
  folder: string
  /** Where the instance is reached. */
  endpoint: Endpoint
  timeoutMs: number
  signal: AbortSignal
  /** What the instance has logged. */
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
