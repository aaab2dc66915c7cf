import { realpath } from 'node:fs/promises'
import { isInBlock, type AccountBlock } from '../lib/account-block.ts'
import { livingAccounts } from '../lib/end-account.ts'
import { ifThere } from '../lib/if-there.ts'
import { leaveGroups } from './groups.ts'
import { leaveNamespace, rootsFolderOf } from './namespace.ts'
import { forgetBlock, knownBlock } from './register.ts'

const isInUse = (block: AccountBlock) => [...livingAccounts()].some((uid) => isInBlock(block, uid))

/**
 * Gives up what root keeps for a data folder, unless something of its platform still runs. The numbers stay the
 * folder's as long as it exists, because its files belong to them. Needs root.
 */
export async function leaveRoot(path: string): Promise<void> {
  const found = await ifThere(realpath(path))
  const dataFolder = found ?? path
  const block = await knownBlock(dataFolder)
  if (!block || isInUse(block)) return
  if (!(await leaveGroups(rootsFolderOf(dataFolder)))) return
  await leaveNamespace(dataFolder)
  if (found === null) await forgetBlock(dataFolder, block)
}
