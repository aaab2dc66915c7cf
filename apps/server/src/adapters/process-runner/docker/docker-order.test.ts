import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Docker } from '../../docker/docker-client.ts'
import { labels } from '../../docker/labels.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { until } from '../runner-bench.test-suite.ts'
import { nameOf } from './container-options.ts'
import { platformOf, runnerIn } from './docker-runner.test-setup.ts'
import { eventLine, FakeDaemon, type FakeContainer } from './fake-daemon.test-setup.ts'

const id = 'demo-r1-1'
let folder: string
let daemon: FakeDaemon
let docker: Docker
let runner: ProcessRunner
let errors: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vr-'))
  daemon = new FakeDaemon()
  docker = await daemon.start(join(folder, 'docker.sock'))
  errors = []
  runner = runnerIn(folder, docker, { onError: (error) => void errors.push(error) })
})
afterEach(async () => {
  daemon.hold = () => undefined
  await daemon.end()
  await runner.close()
  await rm(folder, { recursive: true, force: true })
})

const spec = (changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
  id,
  file: '/bin/sleep',
  args: ['600'],
  cwd: '/tmp',
  env: {},
  stdoutLog: join(folder, 'out.log'),
  stderrLog: join(folder, 'err.log'),
  startSeconds: 0,
  stopGraceMs: 1_000,
  user: null,
  limits: {},
  image: 'any:1',
  ...changes,
})
const platform = () => platformOf(folder)
const reportOf = async (): Promise<ProcessReport> => {
  const report = (await runner.reports()).get(id)
  if (!report) throw new Error('it is not known')
  return report
}
async function started(changes: Partial<ProcessSpec> = {}): Promise<FakeContainer> {
  await runner.open()
  await runner.add([spec(changes)])
  await runner.start(id)
  const [container] = daemon.containers.values()
  if (!container) throw new Error('no container was made')
  return container
}

test('a runner that is closed while Docker makes its list leaves every container alone', async () => {
  const container = await started()
  await runner.close()
  let answer = () => {}
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve))
  daemon.calls.length = 0
  daemon.hold = (call) => (call === 'GET /containers/json' ? mayAnswer : undefined)
  const opening = runner.open()
  await daemon.called('GET /containers/json')
  await runner.close()
  answer()
  await opening
  // A removal would have been requested before this.
  for (let asked = 0; asked < 3; asked++) await docker.ping()
  expect(daemon.calls.filter((call) => call.startsWith('DELETE'))).toEqual([])
  expect(daemon.containers.has(container.Id)).toBe(true)
})

test('a container is told to end once its program has begun: before, its first process does not hear it', async () => {
  const container = await started()
  container.processes = 1
  const stopping = runner.stop(id)
  const path = `/containers/${container.Id}`
  await daemon.called(`GET ${path}/top`, 2)
  expect(daemon.calls).not.toContain(`POST ${path}/stop`)
  container.processes = 2
  await stopping
  expect(daemon.calls).toContain(`POST ${path}/stop`)
})

test('a container whose last process has just ended is stopped without a list of its processes', async () => {
  const container = await started()
  container.processes = 0
  await runner.stop(id)
  expect(daemon.calls).toContain(`POST /containers/${container.Id}/stop`)
})

test('of containers that no record knows, only those that the platform made are removed', async () => {
  const ours = { [labels.platform]: platform(), [labels.instance]: 'gone-r1-1' }
  const orphan = daemon.add(nameOf({ platform: platform() }, 'gone-r1-1'), ours)
  const fromOurImage = daemon.add('somebody', { [labels.platform]: platform() })
  const fromACopy = daemon.add('somebody-else', ours)
  await runner.open()
  await daemon.called('DELETE')
  await until(async () => !daemon.containers.has(orphan.Id), 'the orphan is removed')
  await runner.close()
  expect([...daemon.containers.keys()].toSorted()).toEqual([fromOurImage.Id, fromACopy.Id].toSorted())
})

test('of volumes that no container has, only those that the platform made are removed', async () => {
  const ours = { [labels.platform]: platform() }
  const name = nameOf({ platform: platform() }, 'gone-r1-1')
  daemon.volumes.push(
    { Name: 'a-copy', Labels: ours },
    { Name: 'of-somebody', Labels: {} },
    { Name: `${name}-0`, Labels: ours },
  )
  await runner.open()
  await daemon.called('DELETE')
  await runner.close()
  expect(daemon.calls.filter((call) => call.startsWith('DELETE'))).toEqual([`DELETE /volumes/${name}-0`])
})

test('a line of Docker that is not an event is reported, and the next event is handled', async () => {
  const container = await started()
  await daemon.say('{"message":"a proxy in between has failed"}')
  await daemon.say('<html>')
  await daemon.say(JSON.stringify({ Action: 'start', timeNano: 1, Actor: { ID: 'c', Attributes: null } }))
  container.State.Running = false
  container.State.ExitCode = 3
  await daemon.tell(container, 'die', { exitCode: '3' })
  const { lastEnd } = await until(async () => {
    const report = await reportOf()
    return report.lastEnd && report
  }, 'its end was heard')
  expect(lastEnd).toMatchObject({ code: 'exited', exitCode: 3 })
  expect(errors.map(String)).toEqual([
    'Error: Docker sent no event but “{"message":"a proxy in between has failed"}”',
    'Error: Docker sent no event but “<html>”',
  ])
})

const outOfMemory = { code: 'out_of_memory', limitMb: 64 }
/** Waits until the report says how it ended last. */
const endIs = (end: object) =>
  until(
    async () => {
      const { lastEnd } = await reportOf()
      return lastEnd !== null && Object.entries(end).every(([key, value]) => Object(lastEnd)[key] === value)
    },
    `its end is ${JSON.stringify(end)}`,
  )
const startOf = ({ State }: FakeContainer) => Date.parse(State.StartedAt)
/** Docker starts the container again, a moment after its last life. */
function startsAgain(container: FakeContainer): void {
  Object.assign(container.State, { Running: true, Restarting: false, OOMKilled: false })
  container.State.StartedAt = new Date(startOf(container) + 20).toISOString()
  container.RestartCount += 1
}

test('the memory is reported as the reason, even if Docker reports the end of a container before the reason', async () => {
  const container = await started({ limits: { memory_mb: 64 } })
  container.State.Running = false
  container.State.Restarting = true
  await daemon.tell(container, 'die', { exitCode: '137' })
  await endIs({ code: 'signalled', signal: 'SIGKILL' })
  await daemon.tell(container, 'oom')
  await endIs(outOfMemory)
})

test('the memory is reported as the reason, even if only the state of a container in Docker shows it', async () => {
  const container = await started({ limits: { memory_mb: 64 } })
  Object.assign(container.State, { Running: false, Restarting: true, OOMKilled: true })
  await daemon.tell(container, 'die', { exitCode: '137' })
  await endIs(outOfMemory)
})

test('a container whose next start is reported before its end keeps running, and both count', async () => {
  const container = await started()
  const died = startOf(container) + 10
  startsAgain(container)
  await daemon.tell(container, 'start', {}, startOf(container) + 1)
  await daemon.tell(container, 'die', { exitCode: '3' }, died)
  await endIs({ code: 'exited', exitCode: 3 })
  // A report in between contains its end, but not yet its next state.
  await until(async () => {
    const { state, restarts } = await reportOf()
    return state === 'RUNNING' && restarts > 0
  }, 'it runs again')
  expect((await reportOf()).restarts).toBe(1)
})

test('a late event of an earlier life is not taken for the next life', async () => {
  const container = await started({ limits: { memory_mb: 64 } })
  const died = startOf(container) + 10
  await daemon.tell(container, 'die', { exitCode: '137' }, died)
  startsAgain(container)
  await daemon.tell(container, 'start', {}, startOf(container) + 1)
  await daemon.tell(container, 'oom', {}, died)
  await endIs(outOfMemory)
  Object.assign(container.State, { Running: false, Restarting: true })
  await daemon.tell(container, 'die', { exitCode: '4' }, startOf(container) + 10)
  await endIs({ code: 'exited', exitCode: 4 })
})

test('each exit of a container counts, even of a life that was over before it was noticed', async () => {
  const container = await started()
  const first = startOf(container)
  // Docker has already started two lives whose events have not been sent.
  for (let life = 0; life < 2; life++) startsAgain(container)
  await daemon.tell(container, 'die', { exitCode: '3' }, first + 10)
  await daemon.tell(container, 'start', {}, first + 21)
  await daemon.tell(container, 'die', { exitCode: '4' }, first + 30)
  await endIs({ code: 'exited', exitCode: 4 })
  await daemon.tell(container, 'start', {}, first + 41)
  await until(async () => (await reportOf()).state === 'RUNNING', 'it runs')
  expect((await reportOf()).restarts).toBe(2)
})

test('an end whose event is missing is asked for before the next life is reported, and other lives are not taken for it', async () => {
  const container = await started()
  const first = startOf(container)
  const remembered: [string, Record<string, string>, number][] = [
    ['die', { exitCode: '9' }, first - 10],
    ['die', { exitCode: '139' }, first + 10],
    ['die', { exitCode: '7' }, first + 90],
  ]
  for (const [action, attributes, at] of remembered)
    daemon.remembers.push(eventLine(container, action, attributes, at))
  const seen: ProcessReport[] = []
  const endWatch = runner.watch((report) => seen.push(report))
  startsAgain(container)
  daemon.restartEvents()
  await until(async () => seen.some(({ restarts }) => restarts > 0), 'the next life is reported')
  endWatch()
  for (const report of seen.filter(({ restarts }) => restarts > 0))
    expect(report.lastEnd).toMatchObject({ code: 'signalled', signal: 'SIGSEGV' })
})

test('an end that a check found before the event of the start counts once', async () => {
  const container = await started()
  Object.assign(container.State, { Running: false, Restarting: true, ExitCode: 3 })
  await daemon.tell(container, 'die', { exitCode: '3' }, startOf(container) + 10)
  await endIs({ code: 'exited', exitCode: 3 })
  const looks = `GET /containers/${container.Id}/json`
  daemon.calls.length = 0
  await daemon.tell(container, 'start', {}, startOf(container) + 1)
  await daemon.called(looks)
  await daemon.tell(container, 'die', { exitCode: '3' }, startOf(container) + 10)
  startsAgain(container)
  await daemon.tell(container, 'start', {}, startOf(container) + 1)
  await until(async () => (await reportOf()).state === 'RUNNING', 'it runs')
  expect((await reportOf()).restarts).toBe(1)
})

test('the reason why Docker does not answer is reported once, however often it is asked', async () => {
  await daemon.end()
  await runner.open()
  expect(errors.map(String)).toEqual([expect.stringMatching(/ENOENT|ECONNREFUSED/)])
  await daemon.start(join(folder, 'docker.sock'))
  await daemon.called('GET /events')
  await runner.close()
  expect(errors).toHaveLength(1)
})

test('a log that Docker refuses to send is reported', async () => {
  daemon.refuses = '/logs'
  await started()
  await until(async () => errors.length > 0, 'the refusal is told')
  expect(String(errors[0])).toContain('the disk cannot be read')
})
