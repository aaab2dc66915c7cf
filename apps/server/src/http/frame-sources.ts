/** A host name as a policy may contain it. A policy cannot name an IPv6 address. */
const hostForm = /^[a-z0-9.-]+$/i

/**
 * The pages that the platform's pages may show in a frame: those of services, below the platform's own address, at
 * front ports of the same host, and under hosts of their own. Pure.
 * @param host the `Host` of the request, with or without a port
 * @param appsDomain the domain of services' own hosts, if there is one
 */
export function frameSources(host: string, appsDomain: string | null): string[] {
  const name = host.replace(/:\d+$/, '')
  const ofApps = appsDomain === null ? [] : [`http://*.${appsDomain}:*`, `https://*.${appsDomain}:*`]
  return ["'self'", ...(hostForm.test(name) ? [`http://${name}:*`] : []), ...ofApps]
}
