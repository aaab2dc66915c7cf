/** Returns the path of a service behind the gateway, with a slash at the end. */
export const servicePath = (serviceId: string): string => `/ai/${serviceId}/`
/** The name of the cookie that a sign-in sets. */
export const sessionCookie = 'vitrine_session'
/** The prefix of every API key, so that scanners can find leaked keys. */
export const apiKeyPrefix = 'vtk_'
