import { open, stat } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { ifThere } from '../../../lib/if-there.ts'

/** An entry about a program in supervisord's own log. `at` is milliseconds since the epoch. */
export type JournalEvent = { at: number; id: string } & (
  | { kind: 'spawned'; pid: number }
  | { kind: 'exited'; exitCode: number | null; signal: string | null }
  | { kind: 'stopped' | 'gave_up' }
)

const stamp = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3}) [A-Z]+ (.*)$/
const spawned = /^spawned: '([a-z0-9-]+)' with pid (\d+)$/
const exited =
  /^exited: ([a-z0-9-]+) \((?:exit status (\d+)|terminated by (\w+))\b[^;]*; (?:not )?expected\)$/
const stopped = /^stopped: ([a-z0-9-]+) \(/
const gaveUp = /^gave up: ([a-z0-9-]+) entered FATAL state/

/**
 * Parses one line of supervisord's log (the wording of version 4; its times are in UTC because we start it
 * so). null for a line that is not about a program. The log is the only place where supervisord reports the
 * exit code of a short-lived program.
 */
export function parseJournalLine(line: string): JournalEvent | null {
  const parts = stamp.exec(line)
  if (!parts) return null
  const [year, month, day, hour, minute, second, ms] = parts.slice(1, 8).map(Number)
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, ms)
  const text = parts[8] ?? ''
  const start = spawned.exec(text)
  if (start?.[1]) return { at, id: start[1], kind: 'spawned', pid: Number(start[2]) }
  const end = exited.exec(text)
  if (end?.[1]) {
    const exitCode = end[2] === undefined ? null : Number(end[2])
    return { at, id: end[1], kind: 'exited', exitCode, signal: end[3] ?? null }
  }
  const stop = stopped.exec(text)
  if (stop?.[1]) return { at, id: stop[1], kind: 'stopped' }
  const over = gaveUp.exec(text)
  return over?.[1] ? { at, id: over[1], kind: 'gave_up' } : null
}

/** Follows the log of a supervisord. */
export type SupervisorJournal = ReturnType<typeof supervisorJournal>

/**
 * Follows supervisord's log. Each `read` returns the events since the last one; the first returns all events
 * of the current file. A rotated file is first read to its end under its new name.
 */
export function supervisorJournal(path: string) {
  let inode: number | null = null
  let offset = 0
  let rest = ''
  let decoder = new StringDecoder('utf8')

  async function readFrom(file: string): Promise<JournalEvent[]> {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      const buffer = Buffer.alloc(Math.max(0, size - offset))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
      offset += bytesRead
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n')
      rest = lines.pop() ?? ''
      return lines.flatMap((line) => parseJournalLine(line) ?? [])
    } finally {
      await handle.close()
    }
  }
  const inodeOf = async (file: string) => (await ifThere(stat(file)))?.ino ?? null

  return {
    /** Returns size and inode of the log as one string, which changes with every new entry. */
    async version(): Promise<string> {
      const found = await ifThere(stat(path))
      return found ? `${found.ino}:${found.size}` : 'none'
    },
    async read(): Promise<JournalEvent[]> {
      const current = await inodeOf(path)
      const events: JournalEvent[] = []
      if (inode !== null && current !== inode) {
        if ((await inodeOf(`${path}.1`)) === inode) events.push(...(await readFrom(`${path}.1`)))
        offset = 0
        rest = ''
        decoder = new StringDecoder('utf8')
      }
      inode = current
      if (current !== null) events.push(...(await readFrom(path)))
      return events
    },
  }
}
