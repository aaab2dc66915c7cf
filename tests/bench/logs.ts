import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { searchLogs, type LogSource } from '../../apps/server/src/adapters/log-files/log-search.ts'
import type { Measurement } from './gateway.ts'

const run = promisify(execFile)
const rounds = 21
const gigabytes = 2
const linesAsked = 100

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  await work()
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    await work()
    times.push(performance.now() - begun)
  }
  return median(times)
}

const line = (number: number) =>
  `${new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString()} INFO vision: 第 ${number} 帧识别完成，找到 ${number % 7} 个目标\n`

/** A file of 2 GB: a hole, as tail too skips none of it, and real lines at its end. */
async function makeLongLog(path: string): Promise<void> {
  const file = await open(path, 'w')
  await file.truncate(gigabytes * 1024 ** 3)
  await file.close()
  await appendFile(path, `\n${Array.from({ length: 10_000 }, (_, index) => line(index)).join('')}`)
}

/** Reads the last lines of a 2 GB log beside `tail`, and searches 60 MB of lines beside `grep`; files are in the page cache. */
export async function benchLogs(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vb-'))
  const sourceAt = (name: string): LogSource => ({ replica: 1, stream: 'stdout', path: join(folder, name) })
  try {
    const [long, whole] = [sourceAt('long.log'), sourceAt('whole.log')]
    await makeLongLog(long.path)
    const part = Array.from({ length: 100_000 }, (_, index) => line(index)).join('')
    await writeFile(whole.path, `needle\n${part.repeat(6)}`)
    const ours = await msOf(() => searchLogs([long], { q: '' }, linesAsked))
    const tail = await msOf(() => run('tail', ['-n', String(linesAsked), long.path]))
    const found = await msOf(() => searchLogs([whole], { q: 'needle' }, linesAsked))
    const grep = await msOf(() => run('grep', ['-i', 'needle', whole.path]))
    return [
      {
        name: `last ${linesAsked} lines of a ${gigabytes} GB log, read and parsed vs tail -n ${linesAsked}`,
        ours,
        theirs: tail,
        unit: 'ms',
        ratio: ours / tail,
      },
      {
        name: '600,000 lines searched for a word that only the first contains vs grep -i',
        ours: found,
        theirs: grep,
        unit: 'ms',
        ratio: found / grep,
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
