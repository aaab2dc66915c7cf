import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { boundOf, cpuPeriodUs, type CgroupDriver, type Controller, type GroupWrite } from './cgroup.ts'
import { numberAfter, readGroupFile } from './cgroup-files.ts'

function writesOf(controller: Controller, bound: number): GroupWrite[] {
  switch (controller) {
    case 'memory':
      return [
        { file: 'memory.max', value: String(bound) },
        { file: 'memory.swap.max', value: '0', ifThere: true },
        // Who is over it is ended as a whole, not by halves.
        { file: 'memory.oom.group', value: '1', ifThere: true },
      ]
    case 'cpu':
      return [{ file: 'cpu.max', value: `${bound} ${cpuPeriodUs}` }]
    case 'pids':
      return [{ file: 'pids.max', value: String(bound) }]
  }
}

/** Lets the groups in a group have these controllers; returns those that the kernel gives. */
export async function delegate(folder: string, wanted: readonly Controller[]): Promise<Controller[]> {
  const given: Controller[] = []
  for (const controller of wanted) {
    try {
      await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`)
      given.push(controller)
    } catch (error) {
      // Not there, not ours, or the group has processes of its own: not given, which is the answer.
      if (!(error instanceof Error && 'code' in error)) throw error
    }
  }
  return given
}

/** Holds limits by cgroups version 2 (kernel documentation, admin-guide/cgroup-v2): one group an instance has all controllers. */
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
      // One that was never at its limit was killed because the whole machine had no more.
      return numberAfter(events, 'oom') > 0 ? numberAfter(events, 'oom_kill') : 0
    },
    async prepare() {
      await delegate(dirname(parent), wanted)
      await mkdir(parent, { recursive: true })
      await delegate(parent, wanted)
    },
  }
}
