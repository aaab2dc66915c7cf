import { open } from 'node:fs/promises'
import type { InstanceSettings } from './instance-spec.ts'
import { logFilesOf, type LogOwner } from './log-names.ts'

/** The number of log lines that explain why an instance was given up. */
const lastLines = 20
const longestLine = 300

/** The text of a log file from a position on, at most its last 64 KiB. */
export async function tailSince(path: string, position: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return []
  try {
    const { size } = await file.stat()
    // The file is smaller than before, so it was rotated and all of it is new.
    const from = Math.max(size < position ? 0 : position, size - 65_536)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - from), position: from })
    return buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } finally {
    await file.close()
  }
}

/** The last lines that an instance logged, shortened to a readable length. Lines of its standard error come last. */
export async function lastLogLines(paths: InstanceSettings['paths'], instance: LogOwner): Promise<string[]> {
  const { stdoutLog, stderrLog } = logFilesOf(paths, instance)
  const lines = [...(await tailSince(stdoutLog, 0)), ...(await tailSince(stderrLog, 0))]
  return lines.slice(-lastLines).map((line) => line.slice(0, longestLine))
}
