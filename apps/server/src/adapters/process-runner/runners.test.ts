import { beforeEach, expect, test } from 'vitest'
import type { ServiceMode } from '@vitrine/contract'
import { memoryRunner, type MemoryRunner } from './memory/memory-runner.test-setup.ts'
import type { ProcessReport } from './process-runner.ts'
import { modeRunners, type RoutedSpec, type Runners } from './runners.ts'

let made: Map<ServiceMode, MemoryRunner>
let opens: ServiceMode[]
let left: Set<ServiceMode>
let runners: Runners

const driver = (mode: ServiceMode) => ({
  mode,
  wasUsed: async () => left.has(mode),
  make: () => {
    const runner = made.get(mode) ?? memoryRunner()
    made.set(mode, runner)
    return { ...runner, open: async () => void opens.push(mode) }
  },
})

beforeEach(() => {
  ;[made, opens, left] = [new Map(), [], new Set()]
  runners = modeRunners({ standard: 'supervisor', drivers: [driver('local'), driver('supervisor')] })
})

const spec = (id: string, mode: ServiceMode): RoutedSpec => ({
  id,
  mode,
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: {},
  stdoutLog: '/tmp/o',
  stderrLog: '/tmp/e',
  startSeconds: 1,
  stopGraceMs: 100,
  user: null,
  limits: {},
})
const knownTo = async (mode: ServiceMode) => [...((await made.get(mode)?.reports()) ?? new Map()).keys()]

test('an unused runner is not opened, not even the standard one', async () => {
  await runners.open()
  expect([...(await runners.reports()).keys()]).toEqual([])
  await runners.close()
  await runners.shutdown()
  expect([opens, [...made.keys()]]).toEqual([[], []])
})

test('each process is run by the runner of its mode, which is opened once for all of them', async () => {
  await Promise.all([
    runners.add([spec('a', 'local'), spec('b', 'supervisor')]),
    runners.add([spec('c', 'local')]),
  ])
  expect([(await knownTo('local')).sort(), await knownTo('supervisor')]).toEqual([['a', 'c'], ['b']])
  expect(opens.toSorted()).toEqual(['local', 'supervisor'])
})

test('start, stop and remove reach the right runner, and reports and watch cover all of them', async () => {
  const heard: string[] = []
  const unwatch = runners.watch((report: ProcessReport) => void heard.push(`${report.id} ${report.state}`))
  await runners.add([spec('a', 'local'), spec('b', 'supervisor')])
  await runners.start('a')
  await runners.start('b')
  const states = [...(await runners.reports()).values()].map(({ id, state }) => `${id} ${state}`)
  expect(states.sort()).toEqual(['a RUNNING', 'b RUNNING'])
  expect(['a', 'b', 'c'].map((one) => runners.modeOf(one))).toEqual(['local', 'supervisor', null])
  await runners.stop('a')
  await runners.remove('b')
  expect(heard).toEqual(expect.arrayContaining(['a RUNNING', 'b RUNNING', 'a STOPPED', 'b STOPPED']))
  expect([...(await runners.reports()).keys()]).toEqual(['a'])
  unwatch()
  const count = heard.length
  await runners.start('a')
  expect(heard.length).toBe(count)
})

test('processes that an earlier control plane left with a runner are adopted at open', async () => {
  left.add('local')
  const before = memoryRunner()
  made.set('local', before)
  await before.add([spec('a', 'local')])
  await runners.open()
  await runners.start('a')
  expect((await runners.reports()).get('a')?.state).toBe('RUNNING')
  expect(opens).toEqual(['local'])
})

test('a mode that the machine lacks is refused, and so is an unknown process', async () => {
  expect([...runners.modes]).toEqual(['local', 'supervisor'])
  const withoutSupervisor = modeRunners({ standard: 'local', drivers: [driver('local')] })
  await expect(withoutSupervisor.add([spec('a', 'supervisor')])).rejects.toMatchObject({
    code: 'process.spec_unusable',
  })
  await expect(runners.start('a')).rejects.toMatchObject({ code: 'process.unknown' })
  await expect(runners.remove('a')).resolves.toBeUndefined()
})

test('a runner that could not be opened is tried again by the next caller', async () => {
  let broken = true
  const flaky = {
    ...driver('local'),
    make: () => ({
      ...memoryRunner(),
      open: async () => {
        if (broken) throw new Error('no room')
      },
    }),
  }
  runners = modeRunners({ standard: 'local', drivers: [flaky] })
  await expect(runners.add([spec('a', 'local')])).rejects.toThrow('no room')
  broken = false
  await runners.add([spec('a', 'local')])
  expect([...(await runners.reports()).keys()]).toEqual(['a'])
})

test('after a shutdown, the next process opens its runner again', async () => {
  await runners.add([spec('a', 'local')])
  await runners.shutdown()
  expect(await knownTo('local')).toEqual([])
  await runners.add([spec('a', 'local')])
  expect(opens).toEqual(['local', 'local'])
})
