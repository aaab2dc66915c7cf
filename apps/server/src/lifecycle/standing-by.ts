import type { SchemaStanding } from '../adapters/database/schema-standing.ts'

/** What a control plane that stands by knows of the one that leads. */
export type LeaderView = {
  schema: SchemaStanding
  /** Whether the leader is the control plane of our data folder on this machine. */
  isOnOurFolder: boolean
  /** For how long this leader has been seen, in milliseconds. */
  seenMs: number
}

/** What it does: it goes on to stand by, or ends for one of these reasons. */
type StandbyDecision = 'stand by' | 'of another build' | 'older database' | 'leader elsewhere'

/**
 * How long a leader may take from the lock to its record in the data folder and to the migrations, in milliseconds. It is as long as a start
 * without a standby waits for the lock.
 */
export const leaderStartMs = 20_000

/** Whether to stand by for a leader. Pure. */
export function decideStandby({ schema, isOnOurFolder, seenMs }: LeaderView): StandbyDecision {
  if (schema === 'of another build') return 'of another build'
  if (seenMs < leaderStartMs) return 'stand by'
  if (!isOnOurFolder) return 'leader elsewhere'
  return schema === 'older' ? 'older database' : 'stand by'
}
