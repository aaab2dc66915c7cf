import { chmod, chown, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isInBlock } from '../../lib/account-block.ts'
import type { FreeNumbers } from '../../lib/free-numbers.ts'
import { ifThere } from '../../lib/if-there.ts'

/** Environments get no more numbers when so much of the block is in use, because services cannot start without one. */
const mostUsed = 1 / 2
/** Who may pass through the folder of an environment: only its group; everybody who knows its name; only the platform's own account. */
const modes = { closed: 0o710, open: 0o711, own: 0o700 }

/** The groups that the folders of environments have now. The folder is the truth: nothing else stores them. */
export async function groupsBelow(folder: string): Promise<number[]> {
  const names = (await ifThere(readdir(folder))) ?? []
  const found = await Promise.all(names.map((name) => ifThere(stat(join(folder, name)))))
  return found.flatMap((one) => (one ? [one.gid] : []))
}

/**
 * Closes the folders of environments to other accounts of the machine. Each gets a group of its own, a number of the
 * platform that no account has; the processes of releases that use the environment are in it.
 */
export type EnvironmentGroups = {
  /** The group of an environment that is built. Null if everybody may pass through its folder, or if there is none. */
  of(folder: string): Promise<number | null>
  /** Closes a new folder, which nothing uses yet. It is open to everybody if there is no number for it. */
  close(folder: string): Promise<void>
  /**
   * Closes a folder that may be in use: one of an earlier version of the platform, of another machine, or for which there was
   * no number. `servesAll` says whether everything that uses it is in the group; if not, the folder stays open, but has the
   * group from now on. `taken` are numbers that it cannot keep. Resolves with the group that it has.
   */
  settle(
    folder: string,
    input: { taken: ReadonlySet<number>; servesAll: (group: number) => Promise<boolean> },
  ): Promise<number | null>
}

/** Creates what closes environments. Null: services run as the platform's own account. */
export function environmentGroups(numbers: FreeNumbers | null): EnvironmentGroups {
  const isOurs = (gid: number) => numbers !== null && isInBlock(numbers.block, gid)

  /** In this order, so that after a kill between the two steps, the folder is open and has its group. */
  const give = (folder: string, from: FreeNumbers): Promise<number | null> =>
    from.inTurn(async (free) => {
      const group = await free(mostUsed)
      if (group !== null) await chown(folder, 0, group)
      return group
    })

  return {
    async of(folder) {
      const found = await ifThere(stat(folder))
      return found && isOurs(found.gid) ? found.gid : null
    },
    async close(folder) {
      if (numbers === null) await chmod(folder, modes.own)
      else await chmod(folder, (await give(folder, numbers)) === null ? modes.open : modes.closed)
    },
    async settle(folder, { taken, servesAll }) {
      // Instances of accounts may run on from a start that had them, if root has started the platform.
      if (numbers === null && process.getuid?.() !== 0) await chmod(folder, modes.own)
      if (numbers === null) return null
      const { gid, mode } = await stat(folder)
      const keeps = isOurs(gid) && !taken.has(gid)
      if (keeps && (mode & 0o777) === modes.closed) return gid
      const group = keeps ? gid : await give(folder, numbers)
      const isClosed = group !== null && (await servesAll(group))
      await chmod(folder, isClosed ? modes.closed : modes.open)
      return group
    },
  }
}
