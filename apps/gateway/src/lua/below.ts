import * as njs from '../njs/below.ts'
import { remembering } from './remembering.ts'

/** Long targets are rarely repeated. */
const known = remembering<njs.Below>({ most: 2_000, longest: 256 })

export const belowOf: typeof njs.belowOf = (target, prefix) => {
  const before = known.get(target)
  if (before !== undefined && before.prefix === prefix) return before
  const below = njs.belowOf(target, prefix)
  return below && known.set(target, below)
}
