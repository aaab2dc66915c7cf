import type { ServerResponse } from 'node:http'
import type { Problem } from './problem.ts'

/** Media are not fetched further, because nobody wants the result. `problem` is the answer if the caller still waits. */
export class NotWanted extends Error {
  constructor(readonly problem: Problem | null) {
    super(problem?.code ?? 'the caller has left')
  }
}

/** Calls `leave` when the caller has left, also if that was before, or when it has its whole answer. */
export function whenGone(response: ServerResponse, leave: () => void): void {
  if (response.destroyed) leave()
  else response.once('close', leave)
}
