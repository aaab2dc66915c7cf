import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/**
 * Returns the first line, which may arrive in several pieces: Python with `PYTHONUNBUFFERED` writes each
 * argument of `print` separately.
 */
export async function firstLine(from: Readable): Promise<string> {
  for await (const line of createInterface({ input: from })) return line
  throw new Error('it ended and said nothing')
}
