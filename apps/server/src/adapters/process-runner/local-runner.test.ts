import { join } from 'node:path'
import { localRunner } from './local-runner.ts'
import { processRunnerSuite } from './process-runner.test-suite.ts'

processRunnerSuite({
  name: 'local',
  create: (folder) =>
    localRunner({
      folder: join(folder, 'run', 'processes'),
      onError: (error) => {
        throw error
      },
    }),
  skip: null,
  real: true,
  killEngine: null,
})
