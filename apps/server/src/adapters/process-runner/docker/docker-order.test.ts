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
import { FakeDaemon, type FakeContainer } from './fake-daemon.test-setup.ts'

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
  // A removal would have been asked for before this.
  for (let asked = 0; asked < 3; asked++) await docker.ping()
  expect(daemon.calls.filter((call) => call.startsWith('DELETE'))).toEqual([])
  expect(daemon.containers.has(container.Id)).toBe(true)
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

test('a line of Docker that is no event is reported, and the next event is heard', async () => {
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
