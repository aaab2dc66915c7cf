import { z } from 'zod'
import { wholeWithin } from './common.ts'
import { rule } from './issue-rules.ts'
import { bounds, usualCoolDownS } from './limits.ts'

/** How many instances a service has, by the requests that are in progress. */
export const scalingRule = z
  .strictObject({
    min: wholeWithin(bounds.replicas).describe(
      'the fewest instances. At least 1: a service without requests has none only while it sleeps, see `idle_minutes`',
    ),
    max: wholeWithin(bounds.replicas).describe('the most instances; not less than `min`'),
    concurrency: wholeWithin(bounds.scalingConcurrency).describe(
      'how many requests an instance should have in progress at once, including those that wait in it',
    ),
    cool_down_seconds: wholeWithin(bounds.coolDownS)
      .default(usualCoolDownS)
      .describe('for how many seconds fewer instances must have been enough before some are removed'),
  })
  .refine(({ min, max }) => min <= max, { message: rule('field.below_min'), path: ['max'] })
/** How many instances a service has, by the requests that are in progress. */
export type ScalingRule = z.infer<typeof scalingRule>
