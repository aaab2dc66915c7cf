import { expect, test } from 'vitest'
import { memoryRunner } from './memory-runner.test-setup.ts'
import { processRunnerSuite } from '../process-runner.test-suite.ts'
import type { ProcessSpec } from '../process-runner.ts'

processRunnerSuite({
  name: 'memory',
  create: () => memoryRunner(),
  skip: null,
  real: false,
  killEngine: null,
})

const spec: ProcessSpec = {
  id: 'demo-r1-0',
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: { VITRINE_INSTANCE: 'demo-r1-0' },
  stdoutLog: '/dev/null',
  stderrLog: '/dev/null',
  startSeconds: 1,
  stopGraceMs: 100,
  user: null,
  limits: {},
}

test('a start set to fail ends in FATAL with the given exit code, and works again after a reset', async () => {
  const runner = memoryRunner()
  await runner.add([spec])
  runner.failStarts(spec.id, 3)
  await runner.start(spec.id)
  expect((await runner.reports()).get(spec.id)).toMatchObject({
    state: 'FATAL',
    exitCode: 3,
    reason: { code: 'crash_loop', exits: 5, withinS: 120, last: { code: 'exited', exitCode: 3 } },
  })
  runner.failStarts(spec.id, null)
  await runner.start(spec.id)
  expect((await runner.reports()).get(spec.id)).toMatchObject({ state: 'RUNNING', reason: null })
})

test('an exit leads to a restart with another pid', async () => {
  const runner = memoryRunner()
  await runner.add([spec])
  await runner.start(spec.id)
  const before = (await runner.reports()).get(spec.id)
  runner.exitNow(spec.id, 1)
  const after = (await runner.reports()).get(spec.id)
  expect(after).toMatchObject({ restarts: 1, exitCode: 1 })
  expect(after?.pid).not.toBe(before?.pid)
})
