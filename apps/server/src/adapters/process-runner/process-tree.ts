import { readdir, readFile } from 'node:fs/promises'
import {
  isAlive,
  readStat,
  signalProcess,
  type ProcessIdentity,
  type ProcessStat,
} from '../../lib/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { processesWontEnd } from './process-runner.errors.ts'
import type { ProcessSpec } from './process-runner.ts'

/** A living process of a tree. */
export type TreeMember = ProcessIdentity & { parent: number; group: number }

const markerNames = ['VITRINE_INSTANCE', 'VITRINE_RELEASE_FILE']
const afterKillMs = 10_000

/**
 * The entries of the environment by which a process belongs to a spec. The id alone is not enough where two platforms
 * share a machine: the release file's path, where the spec has one, lies in this platform's data folder.
 */
export function markerOf(spec: Pick<ProcessSpec, 'id' | 'env'>): string[] {
  return markerNames.flatMap((name) => (spec.env[name] === undefined ? [] : [`${name}=${spec.env[name]}`]))
}

const isUnreadable = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))

type Living = ProcessStat & { environment: string }

async function environmentOf(pid: number): Promise<string> {
  try {
    return `\0${await readFile(`/proc/${pid}/environ`, 'utf8')}`
  } catch (error) {
    if (isUnreadable(error)) return ''
    throw error
  }
}

async function scan(): Promise<Map<number, Living>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = new Map<number, Living>()
  await Promise.all(
    pids.map(async (pid) => {
      const stat = await readStat(pid)
      if (stat && stat.state !== 'Z') found.set(pid, { ...stat, environment: await environmentOf(pid) })
    }),
  )
  return found
}

let running: Promise<unknown> = Promise.resolve()
let waiting: Promise<Map<number, Living>> | null = null

/** The living processes at some moment after this call. Who asks while a scan runs shares the next one. */
function livingProcesses(): Promise<Map<number, Living>> {
  waiting ??= running.then(() => {
    const mine = scan()
    running = mine.catch(() => undefined)
    waiting = null
    return mine
  })
  return waiting
}

const carries = (environment: string, marker: readonly string[]) =>
  marker.every((entry) => environment.includes(`\0${entry}\0`))

/** Whether this process has been given its environment by now; supervisord's child has not right after its fork. */
export async function carriesMarker(pid: number, marker: readonly string[]): Promise<boolean> {
  return carries(await environmentOf(pid), marker)
}

/**
 * All living processes of an instance: those whose environment carries the whole marker, those of the main process's
 * group and session, and everything that descends from any of them. Never this process itself.
 */
export async function findTree(
  marker: readonly string[],
  main: ProcessIdentity | null,
): Promise<TreeMember[]> {
  if (marker.length === 0) throw new Error('a process tree cannot be searched for without a marker')
  const living = await livingProcesses()
  const mainLives = main !== null && living.get(main.pid)?.startTime === main.startTime
  const members = new Set<number>()
  for (const [pid, { group, session, environment }] of living) {
    const ofMain = mainLives && [pid, group, session].includes(main.pid)
    if (ofMain || carries(environment, marker)) members.add(pid)
  }
  for (let before = -1; before !== members.size;) {
    before = members.size
    for (const [pid, { parent }] of living) if (members.has(parent)) members.add(pid)
  }
  members.delete(process.pid)
  return [...members].flatMap((pid) => {
    const stat = living.get(pid)
    return stat ? [{ pid, startTime: stat.startTime, parent: stat.parent, group: stat.group }] : []
  })
}

/**
 * Ends a whole tree: TERM, then KILL after `graceMs`, until a search finds nobody. Resolves when none is left.
 * `told` names the process group that somebody else has already sent TERM, so that nobody gets it twice;
 * `spare` keeps members out of it. Throws `process.wont_end` when some outlive KILL by ten seconds.
 */
export async function endTree(
  target: { id: string; marker: readonly string[]; main: ProcessIdentity | null },
  options: { graceMs: number; told?: number; spare?: (member: TreeMember) => boolean },
): Promise<void> {
  const killAt = Date.now() + options.graceMs
  const told = new Set<string>()
  let known: TreeMember[] = []
  for (;;) {
    const killing = Date.now() >= killAt
    const found = (await findTree(target.marker, target.main)).filter((member) => !options.spare?.(member))
    known = await stillAlive([...known.filter((old) => !found.some((one) => one.pid === old.pid)), ...found])
    if (known.length === 0) return
    if (Date.now() >= killAt + afterKillMs) {
      throw processesWontEnd({ id: target.id, pids: known.map((one) => one.pid) })
    }
    for (const member of known) {
      const key = `${member.pid}/${member.startTime}`
      if (killing) signalProcess(member, 'SIGKILL')
      else if (!told.has(key) && member.group !== options.told) signalProcess(member, 'SIGTERM')
      told.add(key)
    }
    const watched = known
    await waitFor(async () => (await stillAlive(watched)).length === 0, {
      timeoutMs: killing ? 1_000 : Math.max(0, killAt - Date.now()),
      everyMs: 20,
    })
  }
}

async function stillAlive(members: readonly TreeMember[]): Promise<TreeMember[]> {
  const alive = await Promise.all(members.map(isAlive))
  return members.filter((_, index) => alive[index])
}
