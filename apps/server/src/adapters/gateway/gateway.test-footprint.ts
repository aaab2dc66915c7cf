import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { hasCode } from '../../lib/code-of-error.ts'

/** What a gateway holds of the data that passes: bytes of resident memory, and bytes in its open files. */
export type Footprint = { memory: number; files: number }

/** Awaits the value, or returns `otherwise` if a process or one of its files is gone by now. */
async function ifThere<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return otherwise
    throw error
  }
}

async function treeOf(pid: number): Promise<number[]> {
  const children = await ifThere(readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'), '')
  const trees = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(treeOf))
  return [pid, ...trees.flat()]
}

async function memoryOf(pid: number): Promise<number> {
  const text = await ifThere(readFile(`/proc/${pid}/status`, 'utf8'), '')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

/** The size of each file that a process has open, even of one that was unlinked. */
async function openFiles(pid: number): Promise<[string, number][]> {
  const folder = `/proc/${pid}/fd`
  const found = await Promise.all(
    (await ifThere(readdir(folder), [])).map(async (name): Promise<[string, number]> => {
      const path = `${folder}/${name}`
      const seen = await ifThere(stat(path), null)
      return [await ifThere(readlink(path), ''), seen?.isFile() ? seen.size : 0]
    }),
  )
  return found
}

/** The footprint of a process and all its descendants. */
export async function footprintOf(pid: number): Promise<Footprint> {
  const pids = await treeOf(pid)
  const memory = (await Promise.all(pids.map(memoryOf))).reduce((sum, one) => sum + one, 0)
  const files = new Map((await Promise.all(pids.map(openFiles))).flat())
  return { memory, files: [...files.values()].reduce((sum, one) => sum + one, 0) }
}
