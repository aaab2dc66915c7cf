import { hostname } from 'node:os'
import { bounds, usualConnectionsPerClient, type GatewayEdge } from '@vitrine/contract'
import type { Settings } from '../config.ts'

/**
 * The machine's own names, as far as they can stand in a `Host` header, and the one at which pods of a cluster reach it: usually that of a
 * Service, which is not the public one.
 */
const ownNamesOf = ({ VITRINE_HOST: host, VITRINE_KUBERNETES_PLATFORM_URL: url }: Settings): string[] =>
  [
    ...new Set([
      hostname(),
      host.includes(':') ? `[${host}]` : host,
      ...(url === undefined ? [] : [new URL(url).hostname]),
    ]),
  ].filter((name) => /^[A-Za-z0-9._:[\]-]+$/.test(name))

/** A proxy of this machine that reaches the gateway by the name `localhost` comes from one loopback address or the other. */
const withBothLoopbacks = (proxies: string[]): string[] =>
  proxies.some((proxy) => proxy === '127.0.0.1' || proxy === '127.0.0.0/8')
    ? [...new Set([...proxies, '::1'])]
    : proxies

/**
 * Whether people come through a proxy that nobody has named. The gateway has no TLS of its own, so under a public address with
 * HTTPS everybody from outside has the address of a proxy.
 */
const isProxyUnknown = ({ VITRINE_PUBLIC_URL: url, VITRINE_TRUSTED_PROXIES: proxies }: Settings): boolean =>
  url !== undefined && new URL(url).protocol === 'https:' && (proxies ?? []).length === 0

/**
 * How many connections one client address may have. An unknown proxy has those of everybody: with the usual number, one stranger
 * could lock all people out.
 */
const connectionsPerClient = (settings: Settings): number =>
  settings.VITRINE_CONNECTIONS_PER_CLIENT ??
  (isProxyUnknown(settings) ? bounds.connectionsPerClient.max : usualConnectionsPerClient)

/** What people should know about the proxy in front of the gateway, for the start. */
export const edgeNotes = (settings: Settings): string[] =>
  isProxyUnknown(settings)
    ? [
        'VITRINE_PUBLIC_URL 是 https，但没有设置 VITRINE_TRUSTED_PROXIES：代理之后的所有人共用一个地址，按地址计算的限制对他们合并计算。请设置代理的地址 · VITRINE_PUBLIC_URL is https and VITRINE_TRUSTED_PROXIES is not set: everybody behind the proxy has one address, and limits by address count for all of them together. Set the address of the proxy',
      ]
    : []

/** How the gateway reads what requests claim. */
export const edgeOf = (settings: Settings): GatewayEdge => ({
  trusted_proxies: withBothLoopbacks(settings.VITRINE_TRUSTED_PROXIES ?? []),
  public_url: settings.VITRINE_PUBLIC_URL ?? null,
  own_names: ownNamesOf(settings),
  apps_domain: settings.VITRINE_APPS_DOMAIN ?? null,
  connections_per_client: connectionsPerClient(settings),
})
