import { open } from 'node:fs/promises'
import { anyAnswer, usualHealthPaths, type HealthPath } from './health-path.ts'
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

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/**
 * The lines without those of an access log about our own probes, several in a second, which would hide why an instance is not
 * ready. All of them if there are no others. `path` is where its health is read.
 */
export function withoutProbes(lines: readonly string[], path: HealthPath): readonly string[] {
  const paths = path === null ? usualHealthPaths : [path === anyAnswer ? '/' : path]
  const probe = new RegExp(String.raw`\bGET\s+"?(?:${paths.map(escaped).join('|')})(?=[\s"?]|$)`)
  const others = lines.filter((line) => !probe.test(line))
  return others.length === 0 ? lines : others
}

/** The last lines that an instance logged, shortened to a readable length, without our probes. Lines of its standard error come last. */
export async function lastLogLines(
  paths: InstanceSettings['paths'],
  instance: LogOwner & { healthPath: HealthPath },
): Promise<string[]> {
  const { stdoutLog, stderrLog } = logFilesOf(paths, instance)
  const all = [...(await tailSince(stdoutLog, 0)), ...(await tailSince(stderrLog, 0))]
  const lines = withoutProbes(all, instance.healthPath)
  return lines.slice(-lastLines).map((line) => line.slice(0, longestLine))
}
