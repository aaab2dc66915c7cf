import { sharedDocker, skipDocker } from '../../../../../../tests/support/shared-docker.ts'
import { processRunnerSuite } from '../process-runner.test-suite.ts'
import { runnerIn } from './docker-runner.test-setup.ts'

processRunnerSuite({
  name: 'docker',
  skip: skipDocker,
  real: true,
  killEngine: null,
  container: sharedDocker && { image: sharedDocker.image, node: '/usr/bin/node' },
  create(folder, ports) {
    if (!sharedDocker) throw new Error('this machine has no Docker')
    return runnerIn(folder, sharedDocker.docker, { ports })
  },
})
