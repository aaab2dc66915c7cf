import { accountOf, isInBlock } from '../../lib/account-block.ts'
import type { FreeNumbers } from '../../lib/free-numbers.ts'
import type { RunAs } from '../../lib/run-command.ts'
import type { ServicesRepository } from './services.repository.ts'

/**
 * Creates the function that returns the account of a service, and gives it one when it first needs it. The
 * service keeps it until it is deleted. Null if `numbers` is null: services then run as the platform's own
 * account.
 */
export function createServiceAccounts(deps: {
  services: Pick<ServicesRepository, 'account' | 'giveAccount'>
  numbers: FreeNumbers | null
}): (serviceId: string) => Promise<RunAs | null> {
  const { services, numbers } = deps
  if (numbers === null) return async () => null
  return (serviceId) =>
    numbers.inTurn(async (free) => {
      const has = await services.account(serviceId)
      if (isInBlock(numbers.block, has)) return accountOf(has)
      const uid = await free()
      if (uid === null) throw new Error(`all ${numbers.block.size} accounts for services are in use`)
      await services.giveAccount(serviceId, uid)
      return accountOf(uid)
    })
}
