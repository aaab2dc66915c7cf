import type { ApiOperation } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { AppError } from '../../../lib/errors.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import type { StoredService } from '../../services/services.repository.ts'

/** What will run: a release, or the current one of a service without a release. The service is as it was when this was planned. */
export type RunPlan = { service: StoredService; release: StoredRelease | null }

/** The instance that executes a run. Call `giveBack` when the run has ended there. */
export type RunInstance = {
  instanceId: string
  endpoint: InstanceEndpoint
  /** The process of the instance. Null if the runner does not identify processes. */
  generation: string | null
  /** The operation of its own API that stands for `predict`. Without one, it is called by the algorithm contract. */
  operation?: ApiOperation | undefined
  giveBack: () => void
  /** Why the platform has taken the instance away from its runs. Null while it has not. */
  lost?: () => AppError | null
}

/** Who asks for an instance, by one name for whoever the run counts for, and until when. */
export type Leaser = { person: string; signal: AbortSignal }

/** Resolves with the instance for a run once there is one. Rejects if there will be none. */
export type FindInstance = (signal: AbortSignal) => Promise<RunInstance>
