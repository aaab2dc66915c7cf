import { join } from 'node:path'
import { npmEnvironment } from '../lib/node-tools.ts'
import {
  hostsOf,
  missingNetwork,
  openNetwork,
  proxiedNetwork,
  type BuildNetwork,
} from '../modules/build-network/build-network.ts'
import { buildNetworkHere, type BuildNetworkPolicy } from '../modules/build-network/policy.ts'
import type { ModulesInput } from './modules-input.ts'
import { withRegistries } from './registries.ts'
import { openSocketFolder } from './socket-folder.ts'

/** What builds reach of the network, and how they are given it. `hosts` are those of this moment. */
export type BuildNetworkHere = {
  policy: BuildNetworkPolicy
  network: BuildNetwork
  hosts: () => Promise<string[]>
}

/** Decides what builds reach of the network on this machine. */
export async function openBuildNetwork(input: ModulesInput): Promise<BuildNetworkHere> {
  const { settings, drivers, nodeTools, commandEnv, paths } = input
  const canBeCutOff = drivers.sandbox.status.network === 'separate'
  const policy = buildNetworkHere(settings.VITRINE_BUILD_NETWORK, canBeCutOff)
  if (policy === 'all') return { policy, network: openNetwork, hosts: async () => [] }
  if (!canBeCutOff) {
    const network = missingNetwork(`VITRINE_BUILD_NETWORK=${policy}`)
    return { policy, network, hosts: async () => [] }
  }
  const proxied = {
    policy,
    furtherHosts: settings.VITRINE_BUILD_HOSTS ?? [],
    folder: await openSocketFolder(input, { near: paths.buildNetwork, name: 'vitrine-builds' }),
    node: nodeTools.node,
    relay: join(input.runtimesFolder, 'node', 'build-relay.cjs'),
    env: () => npmEnvironment(nodeTools, withRegistries(commandEnv, drivers.current)),
  }
  return { policy, network: proxiedNetwork(proxied), hosts: () => hostsOf(proxied) }
}
