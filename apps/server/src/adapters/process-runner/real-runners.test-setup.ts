import { join } from 'node:path'
import { localRunner } from './local/local-runner.ts'
import type { PortSource, ProcessRunner } from './process-runner.ts'
import { testPorts } from './runner-ports.test-source.ts'
import { testSockets } from './runner-sockets.test-source.ts'
import type { LogRotation } from '../log-files/log-rotation.ts'
import { usualLogRotation } from '../log-files/log-rotation.test-source.ts'
import { findProgram } from '../../lib/find-program.ts'
import { supervisorRunner } from './supervisor/supervisor-runner.ts'

const onError = (error: unknown) => {
  throw error
}
const program = await findProgram('supervisord', process.env.PATH ?? '')

type Options = { logRotation?: LogRotation; ports?: PortSource; onError?: (error: unknown) => void }
type RealRunner = {
  kind: 'local' | 'supervisor'
  /** Its name in the names of tests, which say if they are skipped. */
  name: string
  /** Creates a runner in a folder; null if this machine cannot run it. */
  open: ((folder: string, options?: Options) => ProcessRunner) | null
}

/** The runners of real processes. */
export const realRunners: RealRunner[] = [
  {
    kind: 'local',
    name: 'local',
    open: (folder, options) =>
      localRunner({
        folder: join(folder, 'processes'),
        ports: testPorts(),
        sockets: testSockets(folder),
        onError,
        logRotation: usualLogRotation,
        ...options,
      }),
  },
  {
    kind: 'supervisor',
    name: `supervisor${program === null ? ' (skipped: not installed)' : ''}`,
    open:
      program === null
        ? null
        : (folder, options) =>
            supervisorRunner({
              folder: join(folder, 'supervisor'),
              recordPath: join(folder, 'supervisord.json'),
              program,
              onError,
              logRotation: usualLogRotation,
              ports: testPorts(),
              sockets: testSockets(folder),
              ...options,
            }),
  },
]
