import { usualTimeoutS } from '@vitrine/contract'
import type { ServiceOptions } from './services.tables.ts'

/** The options of a new service that its first deploy does not ask for. */
export const usualOptions: Omit<ServiceOptions, 'frontHost' | 'network'> = {
  auth: 'required',
  /** How long the gateway waits for an answer, in seconds. */
  timeoutS: usualTimeoutS,
  rateLimit: null,
  /** The largest body of a request, in megabytes. */
  bodyMb: 256,
}
