import type { ApiOperation } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { StoredService } from '../services/services.repository.ts'

/** What will run. `release` is null for a service without a release. `service` is its state at the time of planning. */
export type RunPlan = { service: StoredService; release: StoredRelease | null }

/** Says why the process that executes a run has ended. Null if it goes on. Rejects when the signal aborts. */
export type WhyEnded = (signal: AbortSignal) => Promise<Words | null>

/** The instance that executes a run. Call `giveBack` when the run has ended there. */
export type RunInstance = {
  instanceId: string
  endpoint: InstanceEndpoint
  /** The process of the instance. Null if the runner does not identify processes. */
  generation: string | null
  /**
   * The operation of the instance's own API that is called in place of `predict`. Without one, the algorithm contract
   * is used.
   */
  operation?: ApiOperation | undefined
  giveBack: () => void
  /** Why the platform took the instance away from its runs. Null as long as it has not done so. */
  lost?: () => AppError | null
  whyEnded?: WhyEnded
}

/**
 * Who asks for an instance: one name for the person or visitor for whom the run counts, and the signal that ends the
 * request.
 */
export type Leaser = { person: string; signal: AbortSignal }

/** Resolves with the instance for a run once there is one. Rejects if there will be none. */
export type FindInstance = (signal: AbortSignal) => Promise<RunInstance>
