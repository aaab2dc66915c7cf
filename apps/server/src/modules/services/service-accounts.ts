import { randomInt } from 'node:crypto'
import { accountOf, isInBlock, type AccountBlock } from '../../lib/account-block.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { RunAs } from '../../lib/run-command.ts'
import type { ServicesRepository } from './services.repository.ts'

/** The first number of a block from `start` on, and then from its beginning, that is not used. Pure. */
export function freeAccount({ first, size }: AccountBlock, used: ReadonlySet<number>, start: number): number {
  for (let tried = 0; tried < size; tried++) {
    const uid = first + ((start + tried) % size)
    if (!used.has(uid)) return uid
  }
  throw new Error(`all ${size} accounts for services are in use`)
}

/**
 * Creates the function that returns the account of a service, and gives it one when it first needs it. The
 * service keeps it until it is deleted. Null if `block` is null: services then run as the platform's own
 * account.
 */
export function createServiceAccounts(deps: {
  services: Pick<ServicesRepository, 'accounts' | 'giveAccount'>
  block: AccountBlock | null
}): (serviceId: string) => Promise<RunAs | null> {
  const { services, block } = deps
  const queue = keyedQueue()
  if (block === null) return async () => null
  // A number that was freed is not soon given again: what its service left elsewhere on the machine would
  // belong to the next one.
  let next = randomInt(block.size)
  return (serviceId) =>
    queue.run('', async () => {
      const all = await services.accounts()
      const has = all.find(({ id }) => id === serviceId)?.account ?? null
      if (isInBlock(block, has)) return accountOf(has)
      const uid = freeAccount(block, new Set(all.map(({ account }) => account)), next)
      next = (uid - block.first + 1) % block.size
      await services.giveAccount(serviceId, uid)
      return accountOf(uid)
    })
}
