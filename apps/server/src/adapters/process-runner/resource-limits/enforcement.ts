import type { Host } from '@vitrine/contract'
import { controllers, type Controller } from './cgroup.ts'

/** What this machine offers to enforce limits. Folders are groups in which we can create groups. */
export type LimitMachine = {
  /**
   * Whether a process can give up root after it was put into a group that only root could put it in. True if
   * we are not root.
   */
  canDropRoot: boolean
  v2: { folder: string; controllers: readonly Controller[] } | null
  v1: Partial<Record<Controller, string>>
}

/** A hierarchy of groups, and the controllers that it is used for. */
export type Hierarchy = { version: 1 | 2; folder: string; controllers: readonly Controller[] }

/** Decides which cgroups enforce limits: version 2 if it has the controller, else version 1. Pure. */
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

/** What enforces each limit. */
export type Enforcement = Omit<Host['limits'][number], 'ceiling'>[]

/**
 * Describes what enforces each limit: a cgroup, an rlimit, a check once per second that kills, or nothing.
 * Pure.
 */
export function describeEnforcement(hierarchies: readonly Hierarchy[]): Enforcement {
  return [
    { resource: 'memory', by: holds(hierarchies, 'memory') ? 'cgroup' : 'watch' },
    { resource: 'cpu', by: holds(hierarchies, 'cpu') ? 'cgroup' : null },
    { resource: 'processes', by: holds(hierarchies, 'pids') ? 'cgroup' : 'watch' },
    { resource: 'open_files', by: 'rlimit' },
  ]
}
