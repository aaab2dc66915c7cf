import { json as anyJson } from '../common.ts'
import { resultKind } from './result-kind.ts'

/** Any JSON value, shown as a tree. */
export const json = resultKind({
  data: anyJson,
  // Everything is JSON, so it is offered when nothing else is.
  foreign: { members: [], read: (value) => value, suggest: () => ({}), rank: 9 },
})
