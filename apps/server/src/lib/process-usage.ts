import { readFile } from 'node:fs/promises'

/** What a process uses. */
export type Usage = {
  /** Share of one core since the sample before, 1 = a whole one; null at the first sample. */
  cpu: number | null
  memoryBytes: number
  /** CPU time so far and when it was read, for the next sample. */
  cpuTicks: number
  sampledAt: number
}

/** Linux reports CPU time in USER_HZ, which is 100 on every platform that Node supports. */
const ticksPerSecond = 100
const pageBytes = 4096

/** CPU ticks (user and system, fields 14 and 15) and resident bytes (field 24) out of /proc/<pid>/stat. */
function parseUsage(stat: string): { cpuTicks: number; memoryBytes: number } | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number)
  if (
    user === undefined ||
    system === undefined ||
    pages === undefined ||
    Number.isNaN(user + system + pages)
  )
    return null
  return { cpuTicks: user + system, memoryBytes: pages * pageBytes }
}

/** Usage of these processes now; those that have ended are left out. */
export async function sampleUsage(
  pids: readonly number[],
  before: ReadonlyMap<number, Usage>,
): Promise<Map<number, Usage>> {
  const sampled = new Map<number, Usage>()
  await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
      const now = text === null ? null : parseUsage(text)
      if (!now) return
      const last = before.get(pid)
      const sampledAt = performance.now()
      const seconds = last ? (sampledAt - last.sampledAt) / 1000 : 0
      const cpu = last && seconds > 0 ? (now.cpuTicks - last.cpuTicks) / ticksPerSecond / seconds : null
      sampled.set(pid, { ...now, cpu, sampledAt })
    }),
  )
  return sampled
}
