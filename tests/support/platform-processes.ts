import { readFileSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import {
  identify,
  isAlive,
  readStatSync,
  type ProcessIdentity,
} from '../../apps/server/src/lib/procfs/process-identity.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from './patience.ts'
import { signalIfAlive } from './signals.ts'

/** A living process that belongs to a data folder, with its command line. */
export type PlatformProcess = ProcessIdentity & { command: string }

/**
 * Reads synchronously: a file of /proc takes a few microseconds, and a round through the thread pool ten times that.
 * A test looks at all processes of the machine again and again. Empty if the process is gone or is not ours to read.
 */
function textOf(path: string, read: (path: string, encoding: 'utf8') => string = readFileSync): string {
  try {
    return read(path, 'utf8')
  } catch {
    return ''
  }
}
const pids = async () => (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)

/** Whether the working directory, command line or environment of a process contains a text. */
const mentions = (pid: number, text: string): boolean =>
  textOf(`/proc/${pid}/cwd`, readlinkSync).includes(text) ||
  ['cmdline', 'environ'].some((file) => textOf(`/proc/${pid}/${file}`).includes(text))

/**
 * Returns the living processes whose command line, environment or working directory contains a data folder:
 * every part of one platform, and nothing else. A worker of nginx is only found by its directory, because it
 * overwrites the others with its title.
 */
export async function processesOf(dataFolder: string): Promise<PlatformProcess[]> {
  // Every command contains the empty text and most contain `/`. The processes found here may be killed.
  if (!isAbsolute(dataFolder) || dirname(dataFolder) === '/')
    throw new Error(`not the data folder of a test: ${dataFolder}`)
  const found = (await pids())
    .filter((pid) => pid !== process.pid && mentions(pid, dataFolder))
    .map(async (pid) => {
      const command = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
      const identity = await identify(pid)
      return identity && { ...identity, command }
    })
  return (await Promise.all(found)).filter((entry) => entry !== null)
}

/** Returns the processes of one instance, by its marker. */
export async function instanceProcesses(dataFolder: string, instanceId: string): Promise<PlatformProcess[]> {
  const isOfInstance = ({ pid }: PlatformProcess) =>
    textOf(`/proc/${pid}/environ`).split('\0').includes(`VITRINE_INSTANCE=${instanceId}`)
  return (await processesOf(dataFolder)).filter(isOfInstance)
}

/** Returns a living process with exactly this command line; null if there is none. */
export async function processWith(command: readonly string[]): Promise<ProcessIdentity | null> {
  const line = `${command.join('\0')}\0`
  const pid = (await pids()).find((one) => textOf(`/proc/${one}/cmdline`) === line)
  return pid === undefined ? null : identify(pid)
}

/** Returns the main processes of one instance: those that no other process of it started. */
export async function mainProcesses(dataFolder: string, instanceId: string): Promise<PlatformProcess[]> {
  const all = await instanceProcesses(dataFolder, instanceId)
  const known = new Set(all.map(({ pid }) => pid))
  return all.filter(({ pid }) => !known.has(readStatSync(pid)?.parent ?? 0))
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
    { timeoutMs: patienceMs, everyMs: 100 },
  )
  if (!ended) throw new Error(`processes on ${dataFolder} do not end`)
  return found
}
