import { randomBytes } from 'node:crypto'
import { chmod, chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endpointText } from '@vitrine/contract'
import { openForwardProxy } from '../../adapters/forward-proxy/forward-proxy.ts'
import type { ProxyRefusal } from '../../adapters/forward-proxy/proxy-messages.ts'
import { upstreamsOf } from '../../adapters/forward-proxy/upstream-proxy.ts'
import { publicElsewhere } from '../../lib/public-address.ts'
import type { RunAs } from '../../lib/run-command.ts'
import { leadToSocket, relayOrigin, type Lead, type RelayProgram } from '../../lib/sandbox/relay.ts'
import type { Words } from '../../lib/words.ts'
import { allowedHosts, mayLeadTo, reachOf, type AllowedHost } from './allowed-hosts.ts'
import { buildNetworkUnavailable } from './build-network.errors.ts'
import type { BuildNetworkPolicy } from './policy.ts'
import { refusalWords } from './refusals.ts'
import { readRegistrySettings } from './registry-settings.ts'

/** How the commands of one build reach the network. */
export type NetworkWay = {
  lead: Lead
  /** The first refusal of this build that nothing else explains. Null if there was none. */
  refused: () => Words | null
}

/** Gives builds their network. */
export type BuildNetwork = {
  /** Does work with the network of one build, whose commands run as an account. Each refusal is a line of its log. */
  during<T>(
    build: { account: RunAs | null; log?: (line: string) => void },
    work: (way: NetworkWay) => Promise<T>,
  ): Promise<T>
}

/** The network of the machine. */
export const openWay: NetworkWay = { lead: (command, view) => ({ command, view }), refused: () => null }

/** For builds that reach what the machine reaches. */
export const openNetwork: BuildNetwork = { during: (_build, work) => work(openWay) }

/** Used where the machine cannot provide the network that is set: refuses every build. */
export const missingNetwork = (setting: string): BuildNetwork => ({
  during: async () => {
    throw buildNetworkUnavailable({ setting, may_pass: true })
  },
})

/** What builds that are cut off from the network need. */
export type ProxiedNetworkInput = {
  policy: Exclude<BuildNetworkPolicy, 'all'>
  /** Hosts beside the registries, as `host` or `host:port`. */
  furtherHosts: readonly string[]
  /** The folder of the sockets. The accounts of builds can pass through it. */
  folder: string
  /** Node, and the program that leads from a port to a socket. */
  node: string
  relay: string
  /** The variables of package managers, with those that name their settings. */
  env: () => Promise<Readonly<Record<string, string>>>
}

/** Variables by which programs find a proxy. Those of the machine are for the platform's own proxy. */
const proxyVariables =
  /^((https?|ftp|all|no)_proxy|pip_proxy|npm_config_(https?_)?(no)?proxy|yarn_https?_proxy)$/i

const ledVariables = {
  HTTP_PROXY: relayOrigin,
  HTTPS_PROXY: relayOrigin,
  http_proxy: relayOrigin,
  https_proxy: relayOrigin,
  PIP_PROXY: relayOrigin,
  npm_config_proxy: relayOrigin,
  npm_config_https_proxy: relayOrigin,
  // Yarn after version 1 looks at no other variable.
  YARN_HTTP_PROXY: relayOrigin,
  YARN_HTTPS_PROXY: relayOrigin,
  // Node's own `fetch` and `http` in install scripts.
  NODE_USE_ENV_PROXY: '1',
}

/** Returns how a package manager reaches nothing but a socket. Pure. */
function leadTo(socket: string, program: RelayProgram): Lead {
  const lead = leadToSocket(socket, program)
  return (command, view) => {
    const kept = Object.entries(command.env).filter(([name]) => !proxyVariables.test(name))
    const env = { ...Object.fromEntries(kept), ...ledVariables }
    return lead({ ...command, env }, { ...view, isCutOff: true })
  }
}

/** How many different refusals are reported. A build could ask for a new host for ever. */
const mostTold = 50

/** Collects the refusals of a build, and reports each once. */
function refusalsOf(policy: BuildNetworkPolicy, log: (line: string) => void) {
  const told = new Set<string>()
  let first: Words | null = null
  return {
    first: () => first,
    add(refusal: ProxyRefusal): string {
      const words = refusalWords(refusal, policy)
      if (refusal.why !== 'failed' && refusal.why !== 'not_understood') first ??= words
      if (told.size < mostTold && !told.has(words.en)) {
        told.add(words.en)
        log(`— ${words.en}`)
        if (told.size === mostTold) log('— further refusals are not told')
      }
      return words.en
    },
  }
}

/** The name of a new socket. */
export const socketName = (): string => randomBytes(8).toString('hex')

/** The hosts that builds may reach, by the settings that package managers have at this moment. */
async function hostsNow({ policy, env, furtherHosts }: ProxiedNetworkInput) {
  const variables = await env()
  const settings = await readRegistrySettings(variables)
  const allowed: AllowedHost[] = policy === 'none' ? [] : allowedHosts(settings, furtherHosts)
  return { allowed, upstreamOf: upstreamsOf(variables, settings.proxies) }
}

/** The hosts that builds may reach at this moment, as `host:port`. */
export async function hostsOf(input: ProxiedNetworkInput): Promise<string[]> {
  const { allowed } = await hostsNow(input)
  return [...new Set(allowed.map(endpointText))]
}

/**
 * For builds that are cut off from the network, and reach the registries of packages through a proxy of their own, at a unix
 * socket that nobody else can open.
 */
export const proxiedNetwork = (input: ProxiedNetworkInput): BuildNetwork => ({
  async during({ account, log = () => undefined }, work) {
    const { allowed, upstreamOf } = await hostsNow(input)
    const isPublic = publicElsewhere()
    const refusals = refusalsOf(input.policy, log)
    const socket = join(input.folder, socketName())
    const proxy = await openForwardProxy(socket, {
      reachOf: (destination, isEncrypted) => reachOf(allowed, destination, isEncrypted),
      isAllowedAddress: (address) => mayLeadTo(allowed, isPublic, address),
      upstreamOf,
      onRefused: (refusal) => refusals.add(refusal),
    })
    try {
      await chmod(socket, 0o600)
      if (account) await chown(socket, account.uid, account.gid)
      return await work({ lead: leadTo(socket, input), refused: refusals.first })
    } finally {
      await proxy.close()
      await rm(socket, { force: true })
    }
  },
})
