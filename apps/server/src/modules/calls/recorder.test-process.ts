import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../adapters/database/database.ts'
import { createRecordingsRepository } from './recordings.repository.ts'
import { createKeptFolder } from './kept-bodies.ts'
import { CallRecorder } from './recorder.ts'

/** A process that only records, for a test to kill: `--log <file> --database <JSON> --migrations <folder>`. */
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
  kept: createKeptFolder(join(dirname(values.log), 'kept')),
  maskOf: async () => (text) => text,
  replicaOf: () => 1,
  onRecorded: () => {},
  onProblem: (problem) => problem !== null && console.error(problem),
}).start()
// The recorder does not keep the process running by itself.
setInterval(() => {}, 1_000)
