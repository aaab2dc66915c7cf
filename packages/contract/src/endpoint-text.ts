import type { Endpoint } from './network-endpoint.ts'

/** Returns an endpoint as text: `host:port`, `[host]:port` for IPv6, or `unix:/path`. */
export function endpointText(of: Endpoint): string {
  if ('socket' in of) return `unix:${of.socket}`
  return of.host.includes(':') ? `[${of.host}]:${of.port}` : `${of.host}:${of.port}`
}
