import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Docker } from '../../docker/docker-client.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'
import type { PortSource, ProcessRunner } from '../process-runner.ts'
import { testPorts } from '../runner-ports.test-source.ts'
import { dockerRunner } from './docker-runner.ts'

/** The name of the platform in a test's folder. */
export const platformOf = (folder: string): string =>
  createHash('sha256').update(folder).digest('hex').slice(0, 12)

/** Returns a runner of a test's platform. */
export const runnerIn = (
  folder: string,
  docker: Docker,
  options: { ports?: PortSource; onError?: (error: unknown) => void } = {},
): ProcessRunner =>
  dockerRunner({
    docker,
    folder: join(folder, 'docker'),
    platform: platformOf(folder),
    ports: testPorts(),
    logRotation: usualLogRotation,
    // What fails in the background is tried again. Thrown here, it would end the whole test run.
    onError: (error) => console.error(error),
    ...options,
  })
