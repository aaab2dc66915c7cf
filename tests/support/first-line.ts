import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The first line that comes, in however many pieces: Python with `PYTHONUNBUFFERED` writes each argument of `print` by itself. */
export async function firstLine(from: Readable): Promise<string> {
  for await (const line of createInterface({ input: from })) return line
  throw new Error('it ended and said nothing')
}
