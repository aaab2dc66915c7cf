import { json as anyJson } from '../common.ts'
import { resultKind } from './result-kind.ts'

/** Any JSON value, shown as a tree. */
export const json = resultKind({
  data: anyJson,
  hasOwnKeys: true,
  // Every value is JSON, so this kind is offered last.
  foreign: { members: [], read: (value) => value, suggest: () => ({}), rank: 9 },
})
