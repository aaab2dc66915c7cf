import type { Database } from '../../../adapters/database/database.ts'
import { createCodePlaces } from '../../algorithms/code-places.repository.ts'
import { createAssetsRepository } from '../../assets/assets.repository.ts'
import { factsRecorder, type RecordFacts, type RunFacts } from './run-facts.ts'

/** What collects the facts of runs in tests, on a platform of version 1.2.3. */
export const factsIn = (db: Database): RecordFacts =>
  factsRecorder({
    assets: createAssetsRepository({ db }),
    places: createCodePlaces({ db }),
    version: '1.2.3',
  })

/** The facts of a run that a test stores itself. */
export const someFacts: RunFacts = {
  platform: '1.2.3',
  algorithm: 'it',
  code: null,
  version: null,
  runtime: null,
  limits: {},
  network: 'all',
  configRevision: 0,
  environment: null,
  image: null,
  models: [],
  inputSha256: '0'.repeat(64),
  media: [],
}
