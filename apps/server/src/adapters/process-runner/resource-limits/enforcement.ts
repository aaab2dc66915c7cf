import type { Host } from '@vitrine/contract'
import { controllers, type Controller } from './cgroup.ts'

/** What this machine lets us do, as far as limits go. Folders are groups in which we can make groups. */
export type LimitMachine = {
  /** Whether a process can give up root once it is in a group that only root could put it in; true for who is not root. */
  canDropRoot: boolean
  v2: { folder: string; controllers: readonly Controller[] } | null
  v1: Partial<Record<Controller, string>>
}

/** A hierarchy of groups that is used, for these controllers. */
export type Hierarchy = { version: 1 | 2; folder: string; controllers: readonly Controller[] }

/** Decides which cgroups hold limits: version 2 where it has the controller, else version 1. Pure. */
export function chooseEnforcement({ canDropRoot, v2, v1 }: LimitMachine): Hierarchy[] {
  if (!canDropRoot) return []
  const chosen: Hierarchy[] = v2 && v2.controllers.length > 0 ? [{ version: 2, ...v2 }] : []
  for (const controller of controllers) {
    const folder = v1[controller]
    if (folder !== undefined && !v2?.controllers.includes(controller))
      chosen.push({ version: 1, folder, controllers: [controller] })
  }
  return chosen
}

/** Whether one of these hierarchies has a controller. */
export const holds = (hierarchies: readonly Hierarchy[], controller: Controller): boolean =>
  hierarchies.some((one) => one.controllers.includes(controller))

/** By what each limit is held: a cgroup, an rlimit, a watch that looks once a second and ends what is over, or nothing. Pure. */
export function describeEnforcement(hierarchies: readonly Hierarchy[]): Host['limits'] {
  return [
    { resource: 'memory', by: holds(hierarchies, 'memory') ? 'cgroup' : 'watch' },
    { resource: 'cpu', by: holds(hierarchies, 'cpu') ? 'cgroup' : null },
    { resource: 'processes', by: holds(hierarchies, 'pids') ? 'cgroup' : 'watch' },
    { resource: 'open_files', by: 'rlimit' },
  ]
}
