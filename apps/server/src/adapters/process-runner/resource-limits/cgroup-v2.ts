import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOfError } from '../../../lib/code-of-error.ts'
import { boundOf, cpuPeriodUs, type CgroupDriver, type Controller, type GroupWrite } from './cgroup.ts'
import { numberAfter, readGroupFile } from './cgroup-files.ts'

function writesOf(controller: Controller, bound: number): GroupWrite[] {
  switch (controller) {
    case 'memory':
      return [
        { file: 'memory.max', value: String(bound) },
        { file: 'memory.swap.max', value: '0', ifThere: true },
        // A group over its limit is killed as a whole, not in part.
        { file: 'memory.oom.group', value: '1', ifThere: true },
      ]
    case 'cpu':
      return [{ file: 'cpu.max', value: `${bound} ${cpuPeriodUs}` }]
    case 'pids':
      return [{ file: 'pids.max', value: String(bound) }]
  }
}

/** Makes these controllers available to the groups inside a group. Returns those that the kernel allows. */
export async function delegate(folder: string, wanted: readonly Controller[]): Promise<Controller[]> {
  const given: Controller[] = []
  for (const controller of wanted) {
    try {
      await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`)
      given.push(controller)
    } catch (error) {
      // The controller does not exist, it is not ours, or the group has processes itself: it is not
      // available.
      if (codeOfError(error) === '') throw error
    }
  }
  return given
}

/**
 * Enforces limits with cgroups version 2 (kernel documentation, admin-guide/cgroup-v2). One group of an
 * instance has all controllers.
 */
export function cgroupV2(wanted: readonly Controller[], parent: string): CgroupDriver {
  return {
    parent,
    groupOf(id, limits) {
      const writes = wanted.flatMap((controller) => {
        const bound = boundOf(controller, limits)
        return bound === null ? [] : writesOf(controller, bound)
      })
      return writes.length === 0 ? null : { folder: join(parent, id), writes }
    },
    async memoryKills(id) {
      const events = await readGroupFile(join(parent, id), 'memory.events')
      // If the group never reached its limit, the kernel killed because the whole machine had no more memory.
      return numberAfter(events, 'oom') > 0 ? numberAfter(events, 'oom_kill') : 0
    },
    async prepare() {
      await delegate(dirname(parent), wanted)
      await mkdir(parent, { recursive: true })
      await delegate(parent, wanted)
    },
  }
}
