import { join } from 'node:path'
import { sharedDocker, skipDocker } from '../../../../../../tests/support/shared-docker.ts'
import { processRunnerSuite } from '../process-runner.test-suite.ts'
import { platformOf } from './docker-runner.test-setup.ts'
import { dockerRunner } from './docker-runner.ts'

processRunnerSuite({
  name: 'docker',
  skip: skipDocker,
  real: true,
  killEngine: null,
  container: sharedDocker && { image: sharedDocker.image, node: '/usr/bin/node' },
  create(folder, ports) {
    if (!sharedDocker) throw new Error('this machine has no Docker')
    return dockerRunner({
      docker: sharedDocker.docker,
      folder: join(folder, 'docker'),
      platform: platformOf(folder),
      ports,
      onError: (error) => {
        throw error
      },
    })
  },
})
