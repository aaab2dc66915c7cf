import { processRunnerSuite } from '../process-runner.test-suite.ts'
import { runnerIn, skipKubernetes, testCluster } from './kubernetes-runner.test-setup.ts'

processRunnerSuite({
  name: 'kubernetes',
  skip: skipKubernetes,
  real: true,
  killEngine: null,
  container: testCluster && { image: testCluster.image, node: '/usr/bin/node' },
  isInCluster: true,
  create: (folder) => runnerIn(folder),
})
