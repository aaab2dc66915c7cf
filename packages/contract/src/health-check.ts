import { z } from 'zod'

/** The path of a health check. */
export const healthPath = z.string().regex(/^\//)

/** The health check of a service: `health` in `algorithm.yaml`. */
export const healthCheck = z.object({
  path: healthPath
    .nullable()
    .default('/health')
    .describe('null: the platform looks for it when the package is first started'),
  /** How long an instance may take to become ready, in seconds. After that its deploy or start fails. */
  startup_timeout_s: z.number().min(1).max(3600).default(60),
  /** The time between two health checks of a healthy instance, in seconds. */
  interval_s: z.number().min(1).max(3600).default(10),
})
