import { LRUCache } from 'lru-cache'
import type { ShowcaseItem } from '@vitrine/contract'

/** What a cover shows of a run, without the words of a language. `shown` is null if it shows nothing of it. */
type MadeCover = { shown: ShowcaseItem['sample'] }

/** What covers show of runs, by the ids of the runs. The result of a run that has ended never changes. */
export type CoverCache = Pick<LRUCache<string, MadeCover>, 'get' | 'set'>

/** All covers of a cache together, in characters of JSON. A usual cover has a few hundred, the largest thousands. */
const mostCharacters = 8 * 1024 * 1024

/** Makes an empty cache. Without it, each look at the showcase would read and parse the whole results of which covers show a little. */
export const createCoverCache = (): CoverCache =>
  new LRUCache({ maxSize: mostCharacters, sizeCalculation: ({ shown }) => JSON.stringify(shown).length })
