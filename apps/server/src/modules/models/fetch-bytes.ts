import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { speedMeter, type LowestSpeed } from '../../lib/lowest-speed.ts'
import { openUrl, UrlRefused, type HomeServer, type Reach } from './open-url.ts'

/** Bounds of a download. */
export type FetchBounds = {
  /** How long all attempts together may take, in milliseconds. */
  longestMs: number
  /** How long no byte may arrive, in milliseconds. */
  idleMs: number
  /** How often in a row it may break off without having brought more. */
  attempts: number
  /** Before the second attempt in a row, milliseconds; before each later one twice as long. */
  pauseMs: number
  /** A slower download is ended. */
  slowest: LowestSpeed
}

/** Two hours are enough for 20 GiB at 24 Mbit/s. */
export const usualFetchBounds: FetchBounds = {
  longestMs: 2 * 3_600_000,
  idleMs: 60_000,
  attempts: 5,
  pauseMs: 2_000,
  slowest: { bytesPerS: 100_000, overMs: 5 * 60_000 },
}

/** A mark of this very content, by which the server knows it again. A weak one does not promise the same bytes. */
const markOf = ({ headers }: IncomingMessage): string | undefined => {
  const { etag } = headers
  return etag?.startsWith('W/') === false ? etag : undefined
}

/**
 * Counts the bytes of a download, with the pauses of its attempts. What it returns rejects a download that is too slow: it
 * would hold a place of deploys, and another attempt would be as slow.
 */
function watchRate(slowest: LowestSpeed): (bytes: number) => void {
  const meter = speedMeter(slowest)
  let last = performance.now()
  return (bytes) => {
    const now = performance.now()
    meter.passed(bytes)
    if (meter.isTooSlow(now - last))
      throw new UrlRefused(`less than ${slowest.bytesPerS / 1000} kB/s for ${slowest.overMs / 1000} s`, true)
    last = now
  }
}

/** Where an answer begins. A server may know no ranges, and begin anew. */
function startOf({ statusCode, headers }: IncomingMessage, offset: number): number {
  if (statusCode !== 206 || offset === 0) return 0
  const start = Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? 'none')
  // Some servers cannot count to every offset, and begin at a smaller one.
  if (!(start <= offset)) throw new UrlRefused('the server answers with another range than was asked for')
  return start
}

/** What is fetched, and how. */
type FetchBytes = {
  reach: Reach
  bounds: FetchBounds
  signal: AbortSignal
  /** Further headers for the server of the URL, and for no other that it leads on to. */
  headers?: Record<string, string> | undefined
  home?: HomeServer | undefined
}

/**
 * The bytes at a URL. A download that breaks off goes on where it stopped (`Range`), if the server can do so; else what has
 * come already is read again and skipped. The reader compares the digest of all of it, and bounds its size.
 * Rejects with the reason of the last attempt, and at once if `signal` aborts.
 */
export async function* fetchBytes(
  url: string,
  { reach, bounds, signal: given, headers, home }: FetchBytes,
): AsyncGenerator<Uint8Array> {
  const signal = AbortSignal.any([given, AbortSignal.timeout(bounds.longestMs)])
  let arrived = 0
  let failures = 0
  const count = watchRate(bounds.slowest)
  let mark: string | undefined
  for (;;) {
    const before = arrived
    let response: IncomingMessage | null = null
    try {
      const part: Record<string, string> = {
        ...(arrived > 0 && { range: `bytes=${arrived}-` }),
        ...(arrived > 0 && mark !== undefined && { 'if-range': mark }),
      }
      const asking = { headers: part, stated: headers, idleMs: bounds.idleMs, signal, home }
      response = await openUrl(url, reach, asking)
      mark ??= markOf(response)
      let skip = arrived - startOf(response, arrived)
      const chunks: AsyncIterable<Buffer> = response
      for await (const chunk of chunks) {
        count(chunk.length)
        const rest = chunk.subarray(skip)
        skip -= chunk.length - rest.length
        if (rest.length === 0) continue
        arrived += rest.length
        yield rest
      }
      return
    } catch (error) {
      // Reading it to the end or giving it up does so too, but it may not have been read at all.
      response?.destroy()
      signal.throwIfAborted()
      failures = arrived > before ? 1 : failures + 1
      if (error instanceof UrlRefused || failures >= bounds.attempts) throw error
      // A server that starts again, or is asked too often, needs a moment.
      await wait(bounds.pauseMs * 2 ** (failures - 1), undefined, { signal })
    }
  }
}
