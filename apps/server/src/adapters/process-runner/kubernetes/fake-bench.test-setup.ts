import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { kubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { FakeCluster } from './fake-cluster.test-setup.ts'
import { kubernetesRunner } from './kubernetes-runner.ts'

/** The one instance of the tests, and the name of its objects. */
export const id = 'demo-r1-1'
export const name = `vitrine-p1-${id}`

/** A runner of each test, in a folder of its own, with a cluster that does what the test says. */
export function fakeBench() {
  let folder: string
  let cluster: FakeCluster
  let runner: ProcessRunner
  let errors: unknown[]

  async function open(isInside = false): Promise<ProcessRunner> {
    const { port } = cluster
    const opened = kubernetesRunner({
      client: kubernetesClient(async () => ({
        server: new URL(`http://127.0.0.1:${port}`),
        ca: null,
        serverName: null,
        isUnchecked: false,
        client: null,
        namespace: null,
        signIn: { kind: 'none' },
      })),
      platform: 'p1',
      isInside,
      namespace: 'services',
      pullSecret: null,
      drainSeconds: 0,
      folder: join(folder, 'kubernetes'),
      onError: (error) => errors.push(error),
      logRotation: usualLogRotation,
    })
    await opened.open()
    return opened
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-'))
    cluster = new FakeCluster()
    errors = []
    await cluster.start()
    runner = await open()
  })
  afterEach(async () => {
    await runner.close()
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const spec = (changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
    id,
    file: '/app/start.sh',
    args: [],
    cwd: '/app',
    env: { SECRET: 'value', VITRINE_INSTANCE: id },
    listens: 'port',
    startSeconds: 0,
    stopGraceMs: 1_000,
    user: null,
    limits: { memory_mb: 64 },
    stdoutLog: join(folder, 'logs', 'out.log'),
    stderrLog: join(folder, 'logs', 'err.log'),
    image: 'registry.example/team/demo@sha256:0',
    ...changes,
  })
  const reportOf = async (): Promise<ProcessReport> => {
    const report = (await runner.reports()).get(id)
    if (!report) throw new Error('no report')
    return report
  }
  async function until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
    const answer = await waitFor(ask, { timeoutMs: patienceMs, everyMs: 20 })
    if (answer !== null) return answer
    const report = (await runner.reports()).get(id)
    throw new Error(`waited in vain: ${JSON.stringify([report, errors.map(String)])}`)
  }
  return {
    get cluster() {
      return cluster
    },
    get runner() {
      return runner
    },
    /** What has failed in the background. */
    get errors() {
      return errors
    },
    /** The control plane ends, `meanwhile` happens, and another one begins, which may itself be a pod of the cluster. */
    async reopen(meanwhile: () => void = () => undefined, isInside = false): Promise<void> {
      await runner.close()
      meanwhile()
      runner = await open(isInside)
    },
    spec,
    reportOf,
    until,
    inState: (state: ProcessReport['state']) =>
      until(async () => {
        const report = await reportOf()
        return report.state === state && report
      }),
    startNew: async (changes: Partial<ProcessSpec> = {}): Promise<void> => {
      await runner.add([spec(changes)])
      await runner.start(id)
    },
    thePod: (): string => {
      const [pod] = cluster.pods()
      if (!pod) throw new Error('there is no pod')
      return pod.metadata.name
    },
  }
}
