import { parseArgs } from 'node:util'
import { openDatabase } from '../../adapters/database/database.ts'
import { createRecordingsRepository } from './recordings.repository.ts'
import { CallRecorder } from './recorder.ts'

/** A process that does nothing but record, to be killed by a test: `--log <file> --database <JSON> --migrations <folder>`. */
const { values } = parseArgs({
  options: {
    log: { type: 'string', default: '' },
    database: { type: 'string', default: '' },
    migrations: { type: 'string', default: '' },
  },
})
const { db } = await openDatabase({
  connection: JSON.parse(values.database),
  migrationsFolder: values.migrations,
  onIdleError: (error) => console.error(error),
})
new CallRecorder({
  path: values.log,
  records: createRecordingsRepository({ db }),
  replicaOf: () => 1,
  onRecorded: () => {},
  onProblem: (problem) => problem !== null && console.error(problem),
}).start()
// The recorder alone keeps no process alive.
setInterval(() => {}, 1_000)
