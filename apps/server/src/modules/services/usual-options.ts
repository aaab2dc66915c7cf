import type { ServiceOptions } from './services.tables.ts'

/** The options of a new service that neither its first deploy nor the settings state. */
export const usualOptions: Omit<ServiceOptions, 'frontHost' | 'network' | 'timeoutS' | 'rateLimit'> = {
  auth: 'required',
  /** The largest body of a request, in megabytes. */
  bodyMb: 256,
  keepsBodies: false,
}
