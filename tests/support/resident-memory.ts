import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const sampleMs = 50

/** The resident memory of one process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`)
  return Number(kilobytes) * 1024
}

/**
 * The resident memory of a process in bytes: before some work, and the maximum during it, sampled every 50
 * ms.
 */
export async function memoryDuring(
  pid: number,
  work: () => Promise<void>,
): Promise<{ before: number; most: number }> {
  const before = await residentBytes(pid)
  const sampled = { most: before, done: false }
  const sampling = (async () => {
    while (!sampled.done) {
      sampled.most = Math.max(sampled.most, await residentBytes(pid))
      await delay(sampleMs)
    }
  })()
  try {
    await work()
  } finally {
    sampled.done = true
    await sampling
  }
  return { before, most: sampled.most }
}
