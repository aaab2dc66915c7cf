import { expect, test } from 'vitest'
import { memoryRunner } from '../adapters/process-runner/memory/memory-runner.test-setup.ts'
import type { InstanceAccount } from '../adapters/process-runner/process-runner.ts'
import { closeEnvironments } from './close-environments.ts'

const spec = (id: string, user: InstanceAccount | null) => ({
  id,
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: { VITRINE_INSTANCE: id },
  stdoutLog: '/dev/null',
  stderrLog: '/dev/null',
  startSeconds: 1,
  stopGraceMs: 100,
  user,
  limits: {},
})

test('an environment is closed only if every instance on the machine that uses it is in its group', async () => {
  const runner = memoryRunner()
  const account = (groups?: readonly number[]) => ({ uid: 50, gid: 50, groups })
  await runner.add([
    spec('in-r1-1', account([90])),
    spec('out-r1-1', account()),
    spec('out-r1-2', account([90])),
    spec('other-group-r1-1', account([91])),
    spec('container-r1-1', null),
  ])
  const asked: boolean[] = []
  await closeEnvironments({
    environments: {
      async close({ accounts, servesAll }) {
        expect([...accounts]).toEqual([50])
        for (const hash of ['in', 'out', 'other-group', 'container', 'unused'])
          asked.push(await servesAll(hash, 90))
      },
    },
    services: { accounts: async () => [{ id: 'in', account: 50 }] },
    hashOf: async (serviceId) => serviceId,
    instances: { runner },
  })
  expect(asked).toEqual([true, false, false, true, true])
})
