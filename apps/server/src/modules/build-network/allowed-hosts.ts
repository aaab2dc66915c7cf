import { isIP } from 'node:net'
import { canonicalHost } from '../../lib/machine-addresses.ts'
import type { RegistrySettings } from './registry-settings.ts'

/** A host and a port that builds may reach. The host is a name in small letters, or an address. */
export type AllowedHost = {
  host: string
  port: number
  /** Whether it is one of the registries of this platform, which may be wherever it is. */
  isRegistry: boolean
  /** Whether it is asked through a tunnel, or by requests without encryption. */
  isEncrypted: boolean
}

/** Where pip and npm get packages if nobody states anything. */
const usualIndex = 'https://pypi.org'
const usualRegistry = 'https://registry.npmjs.org'

/** The hosts from which well-known registries give the files themselves. */
const filesOf: ReadonlyMap<string, string> = new Map([
  ['pypi.org', 'files.pythonhosted.org'],
  ['test.pypi.org', 'test-files.pythonhosted.org'],
  ['registry.npmmirror.com', 'cdn.npmmirror.com'],
  ['download.pytorch.org', 'download-r2.pytorch.org'],
])

/**
 * Public registries that packages name themselves, as in `--extra-index-url`, with the hosts of their files. They give
 * packages to everybody and take none without an account.
 */
const publicRegistries: readonly string[] = [
  ...[...filesOf].flat(),
  ...['registry.npmjs.org', 'registry.yarnpkg.com', 'pypi.nvidia.com', 'pypi.ngc.nvidia.com'],
  ...['pypi.tuna.tsinghua.edu.cn', 'mirrors.tuna.tsinghua.edu.cn', 'mirrors.bfsu.edu.cn'],
  ...['mirrors.aliyun.com', 'mirrors.cloud.tencent.com', 'mirrors.huaweicloud.com', 'repo.huaweicloud.com'],
  ...['mirrors.ustc.edu.cn', 'pypi.mirrors.ustc.edu.cn', 'mirror.sjtu.edu.cn', 'pypi.doubanio.com'],
]

function hostOf(url: string, isRegistry: boolean): AllowedHost[] {
  if (!URL.canParse(url)) return []
  const { protocol, hostname, port } = new URL(url)
  const usual = { 'https:': 443, 'http:': 80 }[protocol]
  if (usual === undefined) return []
  const isEncrypted = protocol === 'https:'
  return [{ host: canonicalHost(hostname), port: Number(port) || usual, isRegistry, isEncrypted }]
}

/** `host` or `host:port`; without a port, that of HTTPS. Any other port may be of either kind. */
function hostOfEntry(entry: string): AllowedHost[] {
  const encrypted = hostOf(`https://${entry}`, false)
  const plain = encrypted.filter(({ port }) => port !== 443).map((one) => ({ ...one, isEncrypted: false }))
  return [...encrypted, ...plain]
}

/**
 * The registries of these settings, the public ones that packages name themselves, and the further hosts that an
 * administrator allows. Pure.
 */
export function allowedHosts(settings: RegistrySettings, further: readonly string[]): AllowedHost[] {
  const { index, registry, more } = settings
  const urls = [
    ...(index.length > 0 ? index : [usualIndex]),
    ...(registry.length > 0 ? registry : [usualRegistry]),
    ...more,
  ]
  const registries = urls.flatMap((url) => hostOf(url, true))
  const files = registries.flatMap(({ host }) => {
    const other = filesOf.get(host)
    return other === undefined ? [] : [{ host: other, port: 443, isRegistry: true, isEncrypted: true }]
  })
  return [...registries, ...files, ...further.flatMap(hostOfEntry), ...publicRegistries.flatMap(hostOfEntry)]
}

/**
 * How a destination may be reached: not at all; only at public addresses, because somebody else may decide where a name
 * leads; or wherever it is. `port` is its TCP port. A registry that is asked without encryption is reached only so: a
 * tunnel to it would also carry requests that change it. Pure.
 */
export function reachOf(
  allowed: readonly AllowedHost[],
  { host, port }: { host: string; port: number },
  isEncrypted: boolean,
): 'no' | 'public' | 'anywhere' {
  const wanted = canonicalHost(host)
  const found = allowed.filter(
    (one) => one.host === wanted && one.port === port && one.isEncrypted === isEncrypted,
  )
  if (found.length === 0) return 'no'
  return found.some(({ isRegistry }) => isRegistry) || isIP(wanted) !== 0 ? 'anywhere' : 'public'
}

/** Whether a name that must be public may lead to this address: a public one, or one that the administrator names. Pure. */
export const mayLeadTo = (
  allowed: readonly AllowedHost[],
  isPublic: (address: string) => boolean,
  address: string,
): boolean =>
  allowed.some(({ host, isRegistry }) => !isRegistry && host === canonicalHost(address)) || isPublic(address)
