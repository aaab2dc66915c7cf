import { z } from 'zod'
import { numberWithin, wholeWithin } from './common.ts'
import { bounds } from './limits.ts'

/** At most this many requests of one caller in a time window. */
export const rateLimit = z.object({
  requests: wholeWithin(bounds.rateRequests),
  window_s: numberWithin(bounds.rateWindowS),
})
