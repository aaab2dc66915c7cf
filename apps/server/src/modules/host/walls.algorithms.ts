import type { WallGap } from '@vitrine/contract'
import { accountText, fact, gap, openTo, withGaps, type DecideWall } from './walls.parts.ts'
import type { NamespaceSettings, WallReadings } from './walls.readings.ts'

/** Whether each service, build and media job has an account of its own. */
export const serviceAccounts: DecideWall = ({ accounts: { block, problem }, own }) => {
  if (block !== null) {
    const last = block.first + block.size - 1
    return withGaps([fact('account_block', { first: block.first, last })], [])
  }
  const path = problem?.path
  const gaps = [
    gap(problem?.code ?? 'not_root', { account: accountText(own), ...(path !== undefined && { path }) }),
  ]
  return { state: 'missing', facts: [], gaps }
}

/** Why the kernel refuses user namespaces, as far as its settings say. */
function namespaceGaps({ most, forAll, appArmorRestricts }: NamespaceSettings): WallGap[] {
  return [
    ...(most === 0 ? [gap('namespaces_none')] : []),
    ...(forAll === false ? [gap('namespaces_root_only')] : []),
    ...(appArmorRestricts === true ? [gap('namespaces_apparmor')] : []),
  ]
}

function sandboxGaps({ state, said, namespaces, calls }: WallReadings['sandbox']): WallGap[] {
  if (state === 'on') return calls === 'filtered' ? [] : [gap('system_calls_open', { said: said ?? '' })]
  if (state === 'off') return [gap('sandbox_off')]
  if (state === 'missing') return [gap('bubblewrap_missing')]
  return [gap('bubblewrap_refused', { said: said ?? '' }), ...namespaceGaps(namespaces)]
}

/** Whether instances, builds and media jobs run in a sandbox, also those that run already. */
export const sandbox: DecideWall = ({ sandbox: { version, ...status }, instances }) => {
  const { inside, unfiltered, outside, elsewhere } = instances
  const gaps = [
    ...sandboxGaps({ version, ...status }),
    // Where no sandbox can have the filter, that is the gap, and a restart would change nothing.
    ...(status.calls === 'filtered' && unfiltered > 0
      ? [gap('instances_unfiltered', { count: unfiltered })]
      : []),
    ...(outside > 0 ? [gap('instances_outside', { count: outside })] : []),
  ]
  const facts = [
    ...(version === null ? [] : [fact('bubblewrap', { version })]),
    ...(status.calls === 'filtered' ? [fact('system_calls_filtered')] : []),
    ...(inside > 0 ? [fact('instances_inside', { count: inside })] : []),
    ...(elsewhere > 0 ? [fact('instances_elsewhere', { count: elsewhere })] : []),
  ]
  return status.state === 'on' ? withGaps(facts, gaps) : { state: 'missing', facts, gaps }
}

/** Whether the kernel holds each instance to its limits, or only a check once a second does. */
export const limits: DecideWall = ({
  limits: { enforcement, groups, missingProgram, most, usual, cores },
}) => {
  const by = (resource: 'memory' | 'cpu' | 'processes') =>
    enforcement.find((one) => one.resource === resource)?.by ?? null
  const held = (['memory', 'cpu', 'processes'] as const).filter((resource) => by(resource) === 'cgroup')
  const withoutGroups =
    missingProgram === null ? gap('cgroups_closed') : gap('no_setpriv', { path: missingProgram })
  const gaps = [
    ...(held.length === 3 ? [] : [withoutGroups]),
    ...(by('memory') === 'cgroup'
      ? []
      : [gap(usual.memory_mb === undefined ? 'memory_unlimited' : 'memory_watched')]),
    ...(by('processes') === 'cgroup' ? [] : [gap('processes_watched')]),
    ...(by('cpu') === null
      ? [gap('cpu_not_enforced')]
      : most.cpu === undefined
        ? [gap('cpu_unlimited', { cores })]
        : []),
  ]
  const facts = [
    ...groups.map(({ version, folder, controllers }) =>
      fact('cgroup', { version, controllers: controllers.join(', '), folder }),
    ),
    ...(most.cpu !== undefined && by('cpu') !== null ? [fact('cpu_ceiling', { cores: most.cpu })] : []),
    fact('open_files_rlimit'),
  ]
  return held.length === 0 ? { state: 'missing', facts, gaps } : withGaps(facts, gaps)
}

/** Who can call instances without the gateway. */
export const instanceAddresses: DecideWall = ({ instances: { onSockets, onPorts, hosts }, gateway, own }) => {
  if (onSockets + onPorts === 0) return { state: 'unknown', facts: [], gaps: [gap('nothing_runs')] }
  const facts = onSockets > 0 ? [fact('instances_on_sockets', { count: onSockets })] : []
  const gaps = [
    ...(onPorts > 0 ? [gap('instances_on_ports', { count: onPorts, host: hosts.join(', ') })] : []),
    // The sockets of instances are given to the gateway's group as that of the control plane is.
    ...(onSockets > 0 && gateway.isOpenToAll ? [gap('sockets_open', openTo(gateway, own))] : []),
  ]
  return onSockets === 0 ? { state: 'missing', facts, gaps } : withGaps(facts, gaps)
}

/** Whether instances reach the network of this machine, and with it what listens only for the machine itself. */
export const network: DecideWall = ({
  instances: { cutOff, onNetwork },
  networkCeiling,
  sandbox: { network: inSandbox },
}) => {
  const facts = [
    ...(networkCeiling === 'all'
      ? []
      : [fact('network_ceiling', { setting: `VITRINE_CEILING_NETWORK=${networkCeiling}` })]),
    ...(cutOff > 0 ? [fact('instances_cut_off', { count: cutOff })] : []),
  ]
  const gaps = [
    ...(inSandbox === 'separate' ? [] : [gap('network_shared')]),
    ...(onNetwork > 0 ? [gap('instances_on_network', { count: onNetwork })] : []),
  ]
  if (inSandbox === 'shared') return { state: 'missing', facts, gaps }
  if (cutOff + onNetwork === 0) return { state: 'unknown', facts, gaps: [gap('nothing_runs')] }
  return cutOff === 0 ? { state: 'missing', facts, gaps } : withGaps(facts, gaps)
}

/** Whether code that a build runs reaches more than the registries of packages. */
export const buildNetwork: DecideWall = ({ builds: { policy, hosts }, sandbox: { network: inSandbox } }) => {
  const shared = inSandbox === 'separate' ? [] : [gap('network_shared')]
  if (policy === 'all') return { state: 'missing', facts: [], gaps: [...shared, gap('builds_on_network')] }
  // Nothing is built then, with more of the network than was decided.
  if (shared.length > 0) return withGaps([], [...shared, gap('builds_refused')])
  return withGaps(
    policy === 'none' ? [fact('builds_cut_off')] : [fact('build_hosts', { hosts: hosts.join(', ') })],
    [],
  )
}

/** Whether a caller can have an algorithm fetch an address of the network. */
export const urlInputs: DecideWall = ({ allowUrls }) =>
  allowUrls
    ? { state: 'missing', facts: [], gaps: [gap('urls_allowed')] }
    : withGaps([fact('urls_refused')], [])
