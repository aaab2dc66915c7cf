import type { Stage } from '@vitrine/contract'
import { stageState } from '../stage/stage-state.ts'

/**
 * What a visitor can do with a shared stage now: use it (`open`), or nothing, because nobody has set it up (`none`), its
 * page needs a sign-in (`closed`), or its service does not run.
 */
export type VisitorState = 'open' | 'none' | 'closed' | 'starting' | 'stopped' | 'broken'

/**
 * The state of a stage for a visitor. Reasons that the sharer must change come before those that may pass by
 * themselves. A visitor who may only look needs no running service. Pure.
 */
export function visitorState(
  stage: Pick<Stage, 'way' | 'page' | 'status' | 'health' | 'asleep'>,
  mayRun: boolean,
): VisitorState {
  if (stage.way === 'none') return 'none'
  if (stage.way === 'page' && stage.page === null) return 'closed'
  if (stage.way === 'run' && !mayRun) return 'open'
  const state = stageState(stage)
  return state === 'ready' ? 'open' : state
}
