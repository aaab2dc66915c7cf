/** Path of a service behind the gateway; ends in a slash. */
export const servicePath = (serviceId: string): string => `/ai/${serviceId}/`
/** Name of the cookie that a sign-in sets. */
export const sessionCookie = 'vitrine_session'
/** What every API key starts with, so that leaked ones can be found by scanners. */
export const apiKeyPrefix = 'vtk_'
