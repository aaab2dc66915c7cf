import { readdir, readFile, readlink } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import {
  identify,
  isAlive,
  readStatSync,
  type ProcessIdentity,
} from '../../apps/server/src/lib/procfs/process-identity.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { signalIfAlive } from './signals.ts'

/** A living process that belongs to a data folder, with its command line. */
export type PlatformProcess = ProcessIdentity & { command: string }

const textOf = (path: string) => readFile(path, 'utf8').catch(() => '')

/**
 * Returns the living processes whose command line, environment or working directory contains a data folder:
 * every part of one platform, and nothing else. A worker of nginx is only found by its directory, because it
 * overwrites the others with its title.
 */
export async function processesOf(dataFolder: string): Promise<PlatformProcess[]> {
  // Every command contains the empty text and most contain `/`. The processes found here may be killed.
  if (!isAbsolute(dataFolder) || dirname(dataFolder) === '/')
    throw new Error(`not the data folder of a test: ${dataFolder}`)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return null
      const [command, ...places] = await Promise.all([
        textOf(`/proc/${pid}/cmdline`),
        textOf(`/proc/${pid}/environ`),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ])
      if (![command, ...places].some((text) => text.includes(dataFolder))) return null
      const identity = await identify(pid)
      return identity && { ...identity, command: command.replaceAll('\0', ' ').trim() }
    }),
  )
  return found.filter((entry) => entry !== null)
}

/** Returns the processes of one instance, by its marker. */
export async function instanceProcesses(dataFolder: string, instanceId: string): Promise<PlatformProcess[]> {
  const marked = await Promise.all(
    (await processesOf(dataFolder)).map(async (entry) => {
      const environment = await textOf(`/proc/${entry.pid}/environ`)
      return environment.split('\0').includes(`VITRINE_INSTANCE=${instanceId}`) ? entry : null
    }),
  )
  return marked.filter((entry) => entry !== null)
}

/** Returns a living process with exactly this command line; null if there is none. */
export async function processWith(command: readonly string[]): Promise<ProcessIdentity | null> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
    if ((await textOf(`/proc/${pid}/cmdline`)) === `${command.join('\0')}\0`) return identify(Number(pid))
  return null
}

/** Returns the main processes of one instance: those that no other process of it started. */
export async function mainProcesses(dataFolder: string, instanceId: string): Promise<PlatformProcess[]> {
  const all = await instanceProcesses(dataFolder, instanceId)
  const pids = new Set(all.map(({ pid }) => pid))
  return all.filter(({ pid }) => !pids.has(readStatSync(pid)?.parent ?? 0))
}

/** Kills everything that is alive on a data folder, and returns what it was. */
export async function endProcessesOf(dataFolder: string): Promise<PlatformProcess[]> {
  const found = await processesOf(dataFolder)
  const ended = await waitFor(
    async () => {
      const left = await processesOf(dataFolder)
      for (const entry of left) if (await isAlive(entry)) signalIfAlive(entry.pid, 'SIGKILL')
      return left.length === 0
    },
    { timeoutMs: 20_000, everyMs: 100 },
  )
  if (!ended) throw new Error(`processes on ${dataFolder} do not end`)
  return found
}
