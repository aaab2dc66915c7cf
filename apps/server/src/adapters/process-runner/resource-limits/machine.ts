import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOfError } from '../../../lib/code-of-error.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import { readGroupFile } from './cgroup-files.ts'
import { delegate } from './cgroup-v2.ts'
import { controllers } from './cgroup.ts'
import { isGivenGroup } from './given-group.ts'
import {
  chooseEnforcement,
  describeEnforcement,
  type Enforcement,
  type Hierarchy,
  type LimitMachine,
} from './enforcement.ts'

/** The program with which a process gives up root, after root has put it into its groups (util-linux). */
export const setprivFile = '/usr/bin/setpriv'

/**
 * A mounted hierarchy of cgroups. `root` is the part of it that is visible at `point`. Version 2 has no
 * names.
 */
type Mount = { root: string; point: string; version: 1 | 2; options: string[] }

const unescapePath = (path: string) =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))

/** Parses the hierarchies in the text of /proc/self/mountinfo (`man 5 proc_pid_mountinfo`). */
export function cgroupMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ')
    const [, , , root, point] = before?.split(' ') ?? []
    const [type, , options] = after?.split(' ') ?? []
    if (!root || !point || (type !== 'cgroup' && type !== 'cgroup2')) return []
    const version = type === 'cgroup' ? 1 : 2
    return [
      {
        root: unescapePath(root),
        point: unescapePath(point),
        version,
        options: version === 1 ? (options?.split(',') ?? []) : [],
      },
    ]
  })
}

/**
 * Returns the folder of our own group in a hierarchy, from the text of /proc/self/cgroup; null if it is not
 * visible.
 */
export function ownGroup(mount: Mount, cgroups: string): string | null {
  for (const line of cgroups.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (names === undefined || path === undefined) continue
    const mine =
      mount.version === 2 ? names === '' : names.split(',').some((name) => mount.options.includes(name))
    if (!mine) continue
    if (mount.root === '/') return resolve(mount.point, `.${path}`)
    const isInside = path === mount.root || path.startsWith(`${mount.root}/`)
    return isInside ? resolve(mount.point, `.${path.slice(mount.root.length)}`) : null
  }
  return null
}

async function canMakeGroups(folder: string): Promise<boolean> {
  const group = join(folder, `vitrine-examining-${randomUUID()}`)
  try {
    await mkdir(group)
    await rmdir(group)
    return true
  } catch (error) {
    if (codeOfError(error) !== '') return false
    throw error
  }
}

/**
 * Whether a group of version 2 can be one in which we have only a part: a unit that is delegated to us (systemd's
 * `DelegateSubgroup`), or the group that root has given to a platform that is not root. A slice is never ours.
 */
const isShared = (folder: string) => /\.(service|scope)$/.test(folder) || isGivenGroup(folder)

/**
 * Finds where groups of version 2 can be created. This is in our own group, although only the root group may
 * contain both processes and groups. Or it is beside our group, if that is only a part of what is ours.
 */
async function findV2(own: string): Promise<LimitMachine['v2']> {
  const unit = dirname(own)
  for (const folder of [own, ...(isShared(unit) ? [unit] : [])]) {
    const offered = ((await readGroupFile(folder, 'cgroup.controllers')) ?? '').split(/\s+/)
    if (!(await canMakeGroups(folder))) continue
    const given = await delegate(
      folder,
      controllers.filter((controller) => offered.includes(controller)),
    )
    if (given.length > 0) return { folder, controllers: given }
  }
  return null
}

/** Examines what this machine allows. The groups that it makes for this are removed again. */
export async function examineMachine(): Promise<LimitMachine> {
  const read = (path: string) => readFile(path, 'utf8')
  const [mountinfo, cgroups] = await Promise.all([read('/proc/self/mountinfo'), read('/proc/self/cgroup')])
  const machine: LimitMachine = {
    canDropRoot: process.getuid?.() !== 0 || (await pathExists(setprivFile)),
    v2: null,
    v1: {},
  }
  for (const mount of cgroupMounts(mountinfo)) {
    const own = ownGroup(mount, cgroups)
    if (own === null) continue
    if (mount.version === 2) machine.v2 ??= await findV2(own)
    for (const controller of mount.version === 1 ? controllers : [])
      if (mount.options.includes(controller) && (await canMakeGroups(own))) machine.v1[controller] = own
  }
  return machine
}

/** What enforces limits, the groups with which it does, and whether processes could give up root to be in them. */
export type EnforcementHere = {
  enforcement: Enforcement
  hierarchies: readonly Hierarchy[]
  canDropRoot: boolean
}

/** Returns what enforces limits on this machine now. */
export async function enforcementHere(): Promise<EnforcementHere> {
  const machine = await examineMachine()
  const hierarchies = chooseEnforcement(machine)
  return { enforcement: describeEnforcement(hierarchies), hierarchies, canDropRoot: machine.canDropRoot }
}
