import type { ServiceOptions } from './services.tables.ts'

/** The options of a new service that its first deploy does not ask for, besides those that the settings say. */
export const usualOptions: Omit<ServiceOptions, 'frontHost' | 'network' | 'timeoutS'> = {
  auth: 'required',
  rateLimit: null,
  /** The largest body of a request, in megabytes. */
  bodyMb: 256,
}
