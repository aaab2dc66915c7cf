import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { groupsIn, removeGroup } from '../adapters/process-runner/resource-limits/cgroup-files.ts'
import { chooseEnforcement, type Hierarchy } from '../adapters/process-runner/resource-limits/enforcement.ts'
import { givenGroupName } from '../adapters/process-runner/resource-limits/given-group.ts'
import { examineMachine } from '../adapters/process-runner/resource-limits/machine.ts'
import { readJsonIfThere } from '../lib/if-there.ts'
import { pathExists } from '../lib/path-exists.ts'
import { waitFor } from '../lib/wait-for.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'

/**
 * A cgroup of a platform: in `folder` it may make groups, and `entrance` is the group in which its own processes
 * begin. In version 2, a group with groups has no processes itself.
 */
const givenGroup = z.object({ folder: z.string(), entrance: z.string() })
type GivenGroup = z.output<typeof givenGroup>

/** Files of a group of version 2 that an owner needs to use it (kernel documentation, cgroup-v2, "Delegation"). */
const delegated = ['cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control']

/** The group below `parent` for a data folder. Pure. */
export function givenGroupIn({ version, folder: parent }: Hierarchy, dataFolder: string): GivenGroup {
  const folder = join(parent, givenGroupName(dataFolder))
  return { folder, entrance: version === 1 ? folder : join(folder, 'platform') }
}

/** Makes a group and gives it away, but not its own limits: only the files are given that groups inside need. */
async function give(hierarchy: Hierarchy, dataFolder: string, number: number): Promise<GivenGroup> {
  const group = givenGroupIn(hierarchy, dataFolder)
  await mkdir(group.entrance, { recursive: true })
  await chown(group.folder, number, number)
  if (hierarchy.version === 2)
    for (const name of delegated) await chown(join(group.folder, name), number, number)
  return group
}

const recordIn = (ownFolder: string) => join(ownFolder, 'groups.json')

/**
 * Makes the cgroups in which a platform that is not root limits what it runs, below those of root's own process, and
 * remembers them in `ownFolder`, which is root's. Those of an earlier start stay, because its services may still run
 * there. Returns the files into which the platform's first process must be written; none on a machine without
 * cgroups. Needs root.
 */
export async function giveGroups(
  dataFolder: string,
  { ownFolder, number }: { ownFolder: string; number: number },
): Promise<string[]> {
  const record = recordIn(ownFolder)
  const earlier = (await readJsonIfThere(record, z.array(givenGroup))) ?? []
  const areThere = await Promise.all(earlier.map(({ entrance }) => pathExists(entrance)))
  const isKept = earlier.length > 0 && areThere.every(Boolean)
  const groups = isKept ? earlier : await giveAll(dataFolder, number)
  if (!isKept) await writeFileAtomically(record, JSON.stringify(groups), 0o600)
  return groups.map(({ entrance }) => join(entrance, 'cgroup.procs'))
}

const giveAll = async (dataFolder: string, number: number) =>
  Promise.all(
    chooseEnforcement(await examineMachine()).map((hierarchy) => give(hierarchy, dataFolder, number)),
  )

/**
 * Removes a group with all groups inside, and returns whether it is gone: one with a process stays. There are no links
 * among groups, so nothing leads elsewhere.
 */
async function removeAll(folder: string): Promise<boolean> {
  for (const name of await groupsIn(folder)) await removeAll(join(folder, name))
  // The kernel needs a moment to release the last process.
  return (await waitFor(() => removeGroup(folder), { timeoutMs: 1_000, everyMs: 10 })) ?? false
}

/** Removes the cgroups of a data folder. Returns whether all are gone: not if something runs in them. Needs root. */
export async function leaveGroups(ownFolder: string): Promise<boolean> {
  const record = recordIn(ownFolder)
  const groups = (await readJsonIfThere(record, z.array(givenGroup))) ?? []
  const areGone = await Promise.all(groups.map(({ folder }) => removeAll(folder)))
  if (!areGone.every(Boolean)) return false
  await rm(record, { force: true })
  return true
}
