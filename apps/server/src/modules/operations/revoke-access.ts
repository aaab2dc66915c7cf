import type { Clock } from '../../lib/clock.ts'

/** The links, keys and rules that a deletion of a service ends. */
export type RevokeAccessDeps = {
  /** Ends the links that show its stage. */
  links: { revokeOfStage: (serviceId: string, now: Date) => Promise<void> }
  /** Takes it out of the keys that name it. */
  closeServiceToKeys: (serviceId: string) => Promise<void>
  /** Changes its push rule. */
  pushRules: { change: (serviceId: string, change: { enabled: false }) => Promise<void> }
  clock: Clock
}

/** Ends all access to a service that is deleted, because its ID may become somebody else's. */
export async function revokeAccess(deps: RevokeAccessDeps, serviceId: string): Promise<void> {
  await deps.links.revokeOfStage(serviceId, deps.clock())
  await deps.closeServiceToKeys(serviceId)
  // Its rule is forgotten later, with its webhook; until then it deploys nothing to a service that gets this ID.
  await deps.pushRules.change(serviceId, { enabled: false })
}
