import { constants } from 'node:fs'
import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ResourceLimits } from '@vitrine/contract'
import { z } from 'zod'
import { hasCode } from '../../../lib/code-of-error.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import { shortDigest } from '../../../lib/short-digest.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import type { ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import type { InstanceAccount, ProcessSpec } from '../process-runner.ts'
import { markerOf, type TreeTarget } from '../process-tree.ts'
import { withSandboxProcesses } from '../process-in-sandbox.ts'
import { enterCommands, enterGroup, groupsIn, pidsIn, removeGroup } from './cgroup-files.ts'
import { cgroupV1 } from './cgroup-v1.ts'
import { cgroupV2 } from './cgroup-v2.ts'
import type { CgroupDriver, Controller, Group } from './cgroup.ts'
import { chooseEnforcement, holds, type Hierarchy, type LimitMachine } from './enforcement.ts'
import { examineMachine, setprivFile } from './machine.ts'
import { rlimitCommands } from './rlimit.ts'

type LimitedSpec = Pick<ProcessSpec, 'id' | 'limits' | 'sandbox'>

/** Enforces the limits of one runner's processes. */
export type Limiter = {
  /** Finds out what is possible here, and removes groups that a killed platform left behind. */
  open(known: ReadonlySet<string>): Promise<void>
  /** Returns the limits of an instance that no group enforces here, so they must be watched. */
  unheld(limits: ResourceLimits): Pick<ResourceLimits, 'memory_mb' | 'processes'>
  /**
   * Returns commands for a POSIX shell that put the shell under all limits before it executes another
   * program; none if there is nothing to do. They must be run as the platform's own account, and the caller
   * must change to the spec's user afterwards.
   */
  commands(spec: LimitedSpec): Promise<string[]>
  /**
   * Returns those of the commands that only the process itself can run. {@link Limiter.enter} does the rest.
   */
  ownCommands(limits: ResourceLimits): string[]
  /** Puts a process that has not begun yet into the groups of an instance. */
  enter(pid: number, spec: LimitedSpec): Promise<void>
  /** Returns the folders of the groups of an instance, in which it may read its limits. */
  folders(id: string): string[]
  /** Returns the processes in the groups of an instance. */
  pids(id: string): Promise<number[]>
  /**
   * Returns how many of its processes the kernel has killed at its memory limit since its groups were
   * created.
   */
  memoryKills(id: string): Promise<number>
  /** Removes the groups of an instance that has no process any more. */
  forget(id: string): Promise<void>
  /** Removes everything if no instance is left. */
  dispose(): Promise<void>
}

const refusal = `refuse() { echo 'vitrine: the limits of this process cannot be set' >&2; exit 126; }`

/** The kernel releases the last process of a group in its own time: in a moment, but much later on a machine that is very busy. */
const releasing = { timeoutMs: 30_000, everyMs: 10, slowingToMs: 250 }

/** Whether we can make groups in a group. It belongs to root if the platform was root before. */
const isOurs = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT', 'EACCES')) return false
      throw error
    },
  )

const stored = z.array(
  z.object({
    version: z.union([z.literal(1), z.literal(2)]),
    folder: z.string(),
    controllers: z.array(z.enum(['memory', 'cpu', 'pids'])),
  }),
)

/**
 * Creates the limiter of a runner.
 * @param options `owner` is the folder of the runner; the name of its groups is made from it. `stateFile`
 * records where they are, because a later control plane may itself be in another group and must find those of
 * the running processes. `examine` is for tests.
 */
export function resourceLimits(options: {
  owner: string
  stateFile: string
  examine?: () => Promise<LimitMachine>
}): Limiter {
  const name = `vitrine-${shortDigest(options.owner)}`
  let hierarchies: Hierarchy[] = []
  let drivers: CgroupDriver[] = []

  const parentOf = ({ folder }: Hierarchy) => join(folder, name)
  const driverOf = (hierarchy: Hierarchy): CgroupDriver => {
    const [first] = hierarchy.controllers
    if (hierarchy.version === 1 && first) return cgroupV1(first, parentOf(hierarchy))
    return cgroupV2(hierarchy.controllers, parentOf(hierarchy))
  }
  const foldersOf = (id: string) => drivers.map(({ parent }) => join(parent, id))
  /** If nothing is limited, no group is created. */
  async function preparedGroupsOf(spec: LimitedSpec): Promise<Group[]> {
    const limits = withSandboxProcesses(spec)
    const groups: Group[] = []
    for (const driver of drivers) {
      const group = driver.groupOf(spec.id, limits)
      if (!group) continue
      await driver.prepare()
      groups.push(group)
    }
    return groups
  }

  /** The hierarchies that an earlier control plane used, if they all still exist and are ours. */
  async function remembered(): Promise<Hierarchy[]> {
    if (!(await pathExists(options.stateFile))) return []
    const found = stored.parse(JSON.parse(await readFile(options.stateFile, 'utf8')))
    const there = await Promise.all(found.map((one) => isOurs(parentOf(one))))
    return there.every(Boolean) ? found : []
  }

  async function forget(id: string): Promise<void> {
    for (const folder of foldersOf(id)) await waitFor(() => removeGroup(folder), releasing)
  }

  return {
    async open(known) {
      hierarchies = await remembered()
      if (hierarchies.length === 0)
        hierarchies = chooseEnforcement(await (options.examine ?? examineMachine)())
      drivers = hierarchies.map(driverOf)
      await mkdir(dirname(options.stateFile), { recursive: true, mode: 0o711 })
      await writeFileAtomically(options.stateFile, JSON.stringify(hierarchies), 0o600)
      for (const driver of drivers) {
        for (const id of await groupsIn(driver.parent))
          if (!known.has(id)) await removeGroup(join(driver.parent, id))
      }
    },
    unheld({ memory_mb, processes }) {
      const isHeld = (controller: Controller) => holds(hierarchies, controller)
      return {
        ...(memory_mb !== undefined && !isHeld('memory') && { memory_mb }),
        ...(processes !== undefined && !isHeld('pids') && { processes }),
      }
    },
    async commands(spec) {
      const groups = await preparedGroupsOf(spec)
      const lines = [...groups.flatMap(enterCommands), ...rlimitCommands(spec.limits)]
      return lines.length === 0 ? [] : [refusal, ...lines]
    },
    ownCommands(limits) {
      const lines = rlimitCommands(limits)
      return lines.length === 0 ? [] : [refusal, ...lines]
    },
    async enter(pid, spec) {
      for (const group of await preparedGroupsOf(spec)) await enterGroup(group, pid)
    },
    folders: foldersOf,
    pids: async (id) => [...new Set((await Promise.all(foldersOf(id).map(pidsIn))).flat())],
    async memoryKills(id) {
      const kills = await Promise.all(drivers.map((driver) => driver.memoryKills(id)))
      return Math.max(0, ...kills)
    },
    forget,
    async dispose() {
      for (const driver of drivers) {
        for (const id of await groupsIn(driver.parent)) await removeGroup(join(driver.parent, id))
        await removeGroup(driver.parent)
      }
      await rm(options.stateFile, { force: true })
    },
  }
}

/**
 * Returns the command line that changes to an account and executes `command`. The process loses root's
 * supplementary groups, and has only those of the account.
 */
export const dropRoot = (
  { uid, gid, groups = [] }: InstanceAccount,
  command: readonly string[],
): readonly string[] => [
  setprivFile,
  `--reuid=${uid}`,
  `--regid=${gid}`,
  groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups',
  ...command,
]

/** Returns the target for a search for the tree of an instance. */
export function treeOf(limiter: Limiter, spec: ProcessSpec, main: ProcessIdentity | null): TreeTarget {
  const target = { id: spec.id, marker: markerOf(spec), main }
  const isLimited = Object.keys(spec.limits).length > 0
  return isLimited ? { ...target, pids: () => limiter.pids(spec.id) } : target
}
