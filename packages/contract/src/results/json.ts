import { json as anyJson } from '../common.ts'
import { resultKind } from './result-kind.ts'

/** Any JSON value, shown as a tree. */
export const json = resultKind({ data: anyJson })
