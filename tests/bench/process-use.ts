import { readFile } from 'node:fs/promises'

/** CPU time so far (seconds) and resident memory (MB) of a process. */
async function usageOf(pid: number): Promise<{ cpuS: number; megabytes: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number)
  return { cpuS: ((user ?? 0) + (system ?? 0)) / 100, megabytes: ((pages ?? 0) * 4096) / 1e6 }
}

/** What a process takes of a core while this many seconds pass, and its memory after them (MB). */
export async function useAtRest(pid: number, seconds: number): Promise<{ cores: number; megabytes: number }> {
  const before = await usageOf(pid)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const after = await usageOf(pid)
  return { cores: (after.cpuS - before.cpuS) / seconds, megabytes: after.megabytes }
}
