import type { NetworkPolicy } from '@vitrine/contract'
import { networkWithin, requireNetworkWithin } from '../quotas/network-policy.ts'
import { networkUnavailable } from '../services/services.errors.ts'
import type { InstanceSettings } from './instance-spec.ts'

type Settings = Pick<InstanceSettings, 'network'>

/**
 * Whether an instance runs in a network of its own. The setting of its service and the ceiling decide. Throws
 * `service.network_unavailable` if it should but cannot, because nothing may reach more of the network than was decided. Pure.
 */
export function runsCutOff(
  { network: { ceiling, canBeCutOff } }: Settings,
  instance: { serviceId: string; network: NetworkPolicy; listens: 'port' | 'socket' },
): boolean {
  const { serviceId: service_id, network, listens } = instance
  if (networkWithin(ceiling, network) === 'all') return false
  if (!canBeCutOff) throw networkUnavailable({ service_id, reason: 'sandbox' })
  if (listens === 'port') throw networkUnavailable({ service_id, reason: 'own_server' })
  return true
}

/**
 * Rejects if a service cannot have this policy: with `quota.network` if it is above the ceiling, and with
 * `service.network_unavailable`. `release` is the one whose instances will have it; null if it has not been built.
 */
export type RequireNetwork = (asked: {
  serviceId: string
  network: NetworkPolicy
  release: number | null
}) => Promise<void>

/** @param listensOnSocket whether a release listens on a socket of the process runner, and not on a port */
export const createNetworkRule =
  (
    settings: Settings,
    listensOnSocket: (release: { serviceId: string; release: number }) => Promise<boolean>,
  ): RequireNetwork =>
  async ({ serviceId, network, release }) => {
    requireNetworkWithin(settings.network.ceiling, network)
    const isOnSocket = release === null || (await listensOnSocket({ serviceId, release }))
    runsCutOff(settings, { serviceId, network, listens: isOnSocket ? 'socket' : 'port' })
  }
