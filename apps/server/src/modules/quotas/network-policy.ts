import { networkPolicies, type NetworkPolicy } from '@vitrine/contract'
import { networkAboveCeiling } from './quotas.errors.ts'

const rank = (policy: NetworkPolicy): number => networkPolicies.indexOf(policy)

/** What a service reaches of the network for which this is stated: never more than the ceiling. Pure. */
export const networkWithin = (ceiling: NetworkPolicy, stated: NetworkPolicy): NetworkPolicy =>
  rank(stated) <= rank(ceiling) ? stated : ceiling

/** Throws `quota.network` if more is stated than the ceiling. */
export function requireNetworkWithin(ceiling: NetworkPolicy, stated: NetworkPolicy): void {
  if (networkWithin(ceiling, stated) !== stated) throw networkAboveCeiling({ stated, ceiling })
}
