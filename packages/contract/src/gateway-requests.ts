/** Which headers of a request no gateway passes on to an instance, and the form of a request's id. All gateways use these rules. */
import { instanceSecretHeader } from './gateway-names.ts'

/**
 * Headers, in lower case, that end at a gateway: those of one connection (RFC 9110, section 7.6.1), what a client states about itself
 * or a proxy, and what the platform sends to instances directly. A gateway writes `Connection`, `Upgrade` and the headers that say how
 * long the body is anew.
 */
export const endingHeaders: readonly string[] = [
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'expect',
  // It is of an upgrade to HTTP/2, for which no instance is asked.
  'http2-settings',
  'forwarded',
  'x-real-ip',
  instanceSecretHeader,
]

/** Whether only a gateway may set a header. The name is in lower case. */
export const isGatewayHeader = (name: string): boolean =>
  name.startsWith('x-forwarded-') || name.startsWith('x-vitrine-')

/** The form of an id that a client may give its request, as a regular expression. Others are replaced by a new one. */
export const requestIdPattern = '^[A-Za-z0-9._:-]{1,128}$'
