import type { Database } from '../../../adapters/database/database.ts'
import { createCodePlaces } from '../../algorithms/code-places.repository.ts'
import { createAssetsRepository } from '../../assets/assets.repository.ts'
import { factsRecorder, type RecordFacts } from './run-facts.ts'

/** What collects the facts of runs in tests, on a platform of version 1.2.3. */
export const factsIn = (db: Database): RecordFacts =>
  factsRecorder({
    assets: createAssetsRepository({ db }),
    places: createCodePlaces({ db }),
    version: '1.2.3',
  })
