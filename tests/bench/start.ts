import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { freePorts } from '../support/free-ports.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const rounds = 3
const rootRounds = 6
const scripts = join(import.meta.dirname, '..', '..', 'scripts')

type Root = 'auto' | 'keep' | 'drop'

/** Seconds from `npm start`'s own script to the line that says the address; the platform is stopped again. */
async function secondsToReady(folder: string, port: number, root: Root = 'auto'): Promise<number> {
  const begun = Date.now()
  const stop = new AbortController()
  let seconds: number | null = null
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    VITRINE_DATA_DIR: folder,
    VITRINE_PORT: String(port),
    VITRINE_SYSTEM_PACKAGES: 'off',
    VITRINE_DEMO: 'off',
    VITRINE_ROOT: root,
  }
  const command = { file: process.execPath, args: [join(scripts, 'start.mjs')], cwd: scripts, env }
  const ended = await runCommand(command, {
    signal: stop.signal,
    onStdout(line) {
      if (!line.startsWith('Ready in')) return
      seconds = (Date.now() - begun) / 1000
      stop.abort()
    },
  })
  await runCommand({ ...command, args: [join(scripts, 'down.mjs')] })
  if (seconds === null) throw new Error(`the platform did not start:\n${ended.stderr.join('\n')}`)
  return seconds
}

/** A second start as root that gives root up beside one that keeps it, by turns, each on a folder of its own. */
async function benchRoot(): Promise<Measurement[]> {
  if (process.getuid?.() !== 0) return []
  const seconds: Record<'drop' | 'keep', number[]> = { drop: [], keep: [] }
  const parent = await mkdtemp(join(tmpdir(), 'vb-'))
  try {
    await chmod(parent, 0o711)
    const port = await freePorts(1)
    // The first start of each creates its database, and counts for nothing.
    for (let round = 0; round <= rootRounds; round++)
      for (const root of round % 2 === 0 ? (['keep', 'drop'] as const) : (['drop', 'keep'] as const)) {
        const took = await secondsToReady(join(parent, root), port, root)
        if (round > 0) seconds[root].push(took)
      }
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
  const name = 'second start to ready, root given up vs kept'
  return [beside(name, 's', median(seconds.drop), median(seconds.keep))]
}

/** Starts an empty platform, and starts it again where nothing has changed. */
export async function benchStart(): Promise<Measurement[]> {
  const firsts: number[] = []
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'vb-'))
    try {
      await chmod(folder, 0o711)
      const port = await freePorts(1)
      firsts.push(await secondsToReady(folder, port))
      seconds.push(await secondsToReady(folder, port))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const name = 'second start to ready vs the first, which creates the database'
  return [beside(name, 's', median(seconds), median(firsts)), ...(await benchRoot())]
}
