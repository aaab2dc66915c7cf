import type { ConfigType } from '@vitrine/contract'

/** Whose values: the system's, a service's, or a person's. */
export type ConfigScope = { type: ConfigType; serviceId: string | null; userId: string | null }

/** The values of the platform. */
export const systemScope: ConfigScope = { type: 'system', serviceId: null, userId: null }
/** The values of a service. */
export const serviceScope = (serviceId: string): ConfigScope => ({ type: 'service', serviceId, userId: null })
