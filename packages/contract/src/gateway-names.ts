/** Returns the path of a service behind the gateway, with a slash at the end. */
export const servicePath = (serviceId: string): string => `/ai/${serviceId}/`
/**
 * The prefix of all our cookies. The gateway never sends such a cookie to an instance, and no instance can set
 * one.
 */
export const cookiePrefix = 'vitrine_'
/** The name of the cookie that a sign-in sets without TLS. */
export const sessionCookie = `${cookiePrefix}session` as const
/**
 * The name of that cookie under HTTPS. Browsers accept it only over TLS, without a domain and for the whole host,
 * so neither a page without TLS nor another name of the domain can set it.
 */
export const secureSessionCookie = `__Host-${sessionCookie}` as const
/** Cookie name prefixes for which browsers enforce extra rules. */
export const cookieNamePrefixes = ['__Host-', '__Secure-'] as const
/** The prefix of every API key, so that scanners can find leaked keys. */
export const apiKeyPrefix = 'vtk_'
/** The beginning of an API key. It is shown so that people can tell their keys apart. */
export const shownPartOfKey = (key: string): string => key.slice(0, 8)
/** The prefix of every repository token. Such a token opens only its git repository, so no gateway knows it. */
export const repositoryTokenPrefix = 'vtr_'
/**
 * The path at which a runtime receives changed values of the configuration. A package is unlikely to use it for its own
 * route.
 */
export const instanceConfigPath = '/vitrine/config'
/**
 * The header, in lower case, with the secret of an instance: it proves that a change of the configuration comes from
 * the platform. It is sent directly to the socket of the instance, so no gateway passes it on.
 */
export const instanceSecretHeader = 'vitrine-config-key'
