import * as njs from '../njs/request-target.ts'
import { createCache } from './cache.ts'

/** Long targets are rarely repeated. */
const cache = createCache<njs.RequestTarget>({ most: 2_000, longest: 256 })

export const splitTarget: typeof njs.splitTarget = (target, prefix) => {
  const known = cache.get(target)
  if (known !== undefined && known.prefix === prefix) return known
  const split = njs.splitTarget(target, prefix)
  return split && cache.set(target, split)
}
