import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { headOf } from './kept-files.ts'
import { Problem } from './problem.ts'
import { extensionOf } from './sniff.ts'

const longest = 20 * 2 ** 30

/**
 * Streams the body of an answer into a file. Returns the extension for its content, or else for its
 * Content-Type. Rejects with {@link Problem} `media.fetch_failed` if it is cut off or longer than 20 GiB, or with
 * the reason of the signal.
 */
export async function saveBody(
  response: IncomingMessage,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  let total = 0
  response.on('data', (chunk: Buffer) => {
    total += chunk.length
    if (total > longest) response.destroy(new Error(`more than ${longest} bytes`))
  })
  try {
    await pipeline(response, createWriteStream(path), { signal })
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('media.fetch_failed', { values: { reason } })
  }
  return extensionOf(headOf(path, 16), response.headers['content-type'] ?? '')
}
