import { accountOf, isInBlock, servicesOf, type AccountBlock } from '../lib/account-block.ts'
import { endAccount, livingAccounts } from '../lib/end-account.ts'
import { serviceOfInstance } from '../modules/instances/instance-spec.ts'
import { prepareFolders, type InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'

type Deps = {
  /** The numbers of the platform. Null: it has no other accounts. */
  block: AccountBlock | null
  services: Pick<ServicesRepository, 'all' | 'accounts'>
  instances: Pick<InstancesDeps, 'runner' | 'settings' | 'accountOf'>
}

/**
 * Gives an account to each service that has none of this block: of a data folder that was copied, or whose platform has run
 * without accounts. Its processes run as the former account, so they are ended; the reconciler starts them again as the new
 * one. Resolves with these services.
 */
export async function moveToAccounts(deps: Deps): Promise<string[]> {
  const { block, instances } = deps
  if (block === null) return []
  const its = servicesOf(block)
  const due = (await deps.services.all()).filter(({ account }) => !isInBlock(its, account))
  if (due.length === 0) return []
  const registered = [...(await instances.runner.reports()).keys()]
  await Promise.all(
    due.map(async ({ id }) => {
      const instancesOf = registered.filter((instance) => serviceOfInstance(instance) === id)
      await Promise.all(instancesOf.map((instance) => instances.runner.remove(instance)))
      await prepareFolders(instances, id, await instances.accountOf(id))
    }),
  )
  return due.map(({ id }) => id)
}

/**
 * Ends processes of accounts of the block that no service has: git, builds and media jobs of a control plane that
 * was killed, and what was left of a service that was being deleted.
 */
export async function endUnownedAccounts({ block, services }: Deps): Promise<void> {
  if (block === null) return
  const owned = new Set((await services.accounts()).map(({ account }) => account))
  const left = [...livingAccounts()].filter((uid) => isInBlock(block, uid) && !owned.has(uid))
  await Promise.all(left.map((uid) => endAccount(accountOf(uid))))
}
