/** What builds can reach of the network, the least first: nothing, the registries of packages, or what the machine does. */
export const buildNetworkPolicies = ['none', 'registries', 'all'] as const
/** What builds reach of the network. */
export type BuildNetworkPolicy = (typeof buildNetworkPolicies)[number]

/** The policy of this machine: the setting, else `registries` if builds can be cut off from the network. Pure. */
export const buildNetworkHere = (
  stated: BuildNetworkPolicy | undefined,
  canBeCutOff: boolean,
): BuildNetworkPolicy => stated ?? (canBeCutOff ? 'registries' : 'all')
