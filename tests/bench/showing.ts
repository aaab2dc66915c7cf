import { existsSync } from 'node:fs'
import type { Measurement } from './gateway.ts'
import { measureOverlay } from './overlay.ts'
import { measureResults } from './results.ts'

const needed = ['/usr/bin/chromium-headless-shell', '/usr/bin/ffmpeg']

/** Measures what a person sees in a real browser: boxes over a video, and a run's result. Without browser or ffmpeg nothing, with a message. */
export async function benchShowing(): Promise<Measurement[]> {
  const missing = needed.filter((file) => !existsSync(file))
  if (missing.length > 0) {
    process.stderr.write(`showing is not measured: it needs ${missing.join(' and ')}\n`)
    return []
  }
  return [...(await measureOverlay()), ...(await measureResults())]
}

if (process.argv[1] === import.meta.filename) console.table(await benchShowing())
