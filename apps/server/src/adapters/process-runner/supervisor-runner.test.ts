import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, signalProcess } from '../../lib/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { processRunnerSuite } from './process-runner.test-suite.ts'
import { findSupervisord } from './supervisor-daemon.ts'
import { supervisorRunner } from './supervisor-runner.ts'

const program = await findSupervisord(process.env.PATH ?? '')
const recordPathIn = (folder: string) => join(folder, 'run', 'supervisord.json')

processRunnerSuite({
  name: 'supervisor',
  create: (folder) =>
    supervisorRunner({
      folder: join(folder, 'supervisor'),
      recordPath: recordPathIn(folder),
      program: program ?? 'supervisord',
      onError: (error) => {
        throw error
      },
    }),
  skip: program === null ? 'supervisord is not installed' : null,
  real: true,
  async killEngine(folder) {
    const text = await readFile(recordPathIn(folder), 'utf8')
    const identity = z.object({ pid: z.number(), startTime: z.string() }).parse(JSON.parse(text))
    signalProcess(identity, 'SIGKILL')
    await waitFor(async () => !(await isAlive(identity)), { timeoutMs: 5_000 })
  },
})
