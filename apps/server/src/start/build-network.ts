import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { npmEnvironment } from '../lib/node-tools.ts'
import { openGatewayFolder } from '../lifecycle/gateway-folder.ts'
import {
  hostsOf,
  missingNetwork,
  openNetwork,
  proxiedNetwork,
  socketName,
  type BuildNetwork,
} from '../modules/build-network/build-network.ts'
import { buildNetworkHere, type BuildNetworkPolicy } from '../modules/build-network/policy.ts'
import type { ModulesInput } from './modules-input.ts'

/** The folder in which each build has a socket while it runs, without those that a killed control plane left. */
async function openFolder({ paths, accountBlock }: ModulesInput): Promise<string> {
  const isForOthers = accountBlock !== null
  const wanted = { near: paths.buildNetwork, name: 'vitrine-builds', aName: socketName(), isForOthers }
  const { path } = await openGatewayFolder(paths, wanted)
  await chmod(path, isForOthers ? 0o711 : 0o700)
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true })
  return path
}

/** What builds reach of the network, and how they are given it. `hosts` are those of this moment. */
export type BuildNetworkHere = {
  policy: BuildNetworkPolicy
  network: BuildNetwork
  hosts: () => Promise<string[]>
}

/** Decides what builds reach of the network on this machine. */
export async function openBuildNetwork(input: ModulesInput): Promise<BuildNetworkHere> {
  const { settings, drivers, nodeTools, commandEnv } = input
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
    folder: await openFolder(input),
    node: nodeTools.node,
    relay: join(input.runtimesFolder, 'node', 'build-relay.cjs'),
    env: () => npmEnvironment(nodeTools, commandEnv),
  }
  return { policy, network: proxiedNetwork(proxied), hosts: () => hostsOf(proxied) }
}
