import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { importBaseImage } from '../../../../../../tests/support/docker-base-image.ts'
import { endDaemon, startDaemon } from '../../../../../../tests/support/docker-daemon.ts'
import { sharedDocker, skipDocker } from '../../../../../../tests/support/shared-docker.ts'
import { identify, signalProcess } from '../../../lib/procfs/process-identity.ts'
import { openDocker, type Docker } from '../../docker/docker-client.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { until } from '../runner-bench.test-suite.ts'
import { nameOf } from './container-options.ts'
import { platformOf, runnerIn } from './docker-runner.test-setup.ts'

const node = '/usr/bin/node'
let folder: string
let opened: ProcessRunner[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vr-'))
  await chmod(folder, 0o777)
  opened = []
})
afterEach(async () => {
  const last = opened.at(-1)
  await last?.open()
  await last?.shutdown()
  await rm(folder, { recursive: true, force: true })
})

function docker(): Docker {
  if (!sharedDocker) throw new Error('this machine has no Docker')
  return sharedDocker.docker
}
async function open(of = docker(), onError?: (error: unknown) => void): Promise<ProcessRunner> {
  const runner = runnerIn(folder, of, onError && { onError })
  opened.push(runner)
  await runner.open()
  return runner
}
const specOf = (changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
  id: 'demo-r1-1',
  file: '/bin/sleep',
  args: ['600'],
  cwd: '/tmp',
  env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: 'demo-r1-1' },
  stdoutLog: join(folder, 'out.log'),
  stderrLog: join(folder, 'err.log'),
  startSeconds: 0,
  stopGraceMs: 2_000,
  user: null,
  limits: {},
  image: sharedDocker?.image,
  ...changes,
})
async function run(runner: ProcessRunner, spec: ProcessSpec): Promise<void> {
  await runner.add([spec])
  await runner.start(spec.id)
}
const reportOf = async (runner: ProcessRunner): Promise<ProcessReport> => {
  const report = (await runner.reports()).get('demo-r1-1')
  if (!report) throw new Error('it is not known')
  return report
}
const inState = (runner: ProcessRunner, state: ProcessReport['state']) =>
  until(async () => {
    const report = await reportOf(runner)
    return report.state === state && report
  }, `it is ${state}`)
const name = () => nameOf({ platform: platformOf(folder) }, 'demo-r1-1')
const textOf = (path: string) => readFile(path, 'utf8').catch(() => '')

test('a missing daemon does not prevent the runner from opening, and every report mentions it', async () => {
  const nowhere = await openDocker({ socketPath: join(folder, 'docker.sock') })
  const runner = runnerIn(folder, nowhere)
  await runner.open()
  await runner.add([specOf({ image: 'any:1' })])
  await expect(runner.start('demo-r1-1')).rejects.toMatchObject({ code: 'process.docker_unavailable' })
  expect(await reportOf(runner)).toMatchObject({ state: 'STOPPED', pid: null })
  await runner.close()
})

test('a daemon that hangs, with its stream of events open, is away', async () => {
  const socketPath = join(folder, 'docker.sock')
  let hangs = false
  const daemon = createServer((asked, answer) => {
    if (asked.url?.includes('/networks')) hangs = true
    if (hangs) return
    if (asked.url?.includes('/events')) answer.writeHead(200).flushHeaders()
    else answer.end('OK')
  }).listen(socketPath)
  await once(daemon, 'listening')
  const runner = runnerIn(folder, await openDocker({ socketPath }), { onError: () => undefined })
  await runner.open()
  await runner.add([specOf({ image: 'any:1' })])
  const starting = runner.start('demo-r1-1').catch(() => undefined)
  await until(async () => (await reportOf(runner)).reason?.code === 'engine_away', 'the reports say so')
  daemon.closeAllConnections()
  daemon.close()
  await starting
  await runner.close()
})

test('a spec without an image is refused, and so is one that must publish a port without a network', async () => {
  const runner = runnerIn(folder, await openDocker({ socketPath: join(folder, 'docker.sock') }))
  await expect(runner.add([specOf({ image: undefined })])).rejects.toMatchObject({
    code: 'process.spec_unusable',
    details: { field: 'image' },
  })
  const alone = { image: 'any:1', listens: 'port', sandbox: { read: [], write: [], isCutOff: true } } as const
  await expect(runner.add([specOf(alone)])).rejects.toMatchObject({ details: { field: 'network' } })
})

describe.skipIf(!sharedDocker)(`containers${skipDocker === null ? '' : ` (skipped: ${skipDocker})`}`, () => {
  test('a program is never root, has no capability, and writes nowhere but to /tmp and its folders', async () => {
    const script = `
      id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status
      touch /tmp/a && echo tmp; touch ${folder}/b && echo own; touch /usr/c || echo refused; exec sleep 600`
    const runner = await open()
    await run(
      runner,
      specOf({ file: '/bin/sh', args: ['-c', script], sandbox: { read: [], write: [folder] } }),
    )
    const lines = await until(async () => {
      const text = await textOf(join(folder, 'out.log'))
      return text.includes('refused') && text.trim().split(/\s+/)
    }, 'it has tried')
    const none = '0000000000000000'
    expect(lines).toEqual([
      '65534',
      ...['CapEff:', none, 'CapBnd:', none, 'NoNewPrivs:', '1'],
      ...['tmp', 'own', 'refused'],
    ])
  })

  test('a container over its memory limit is killed, with the limit as the reason', async () => {
    const script = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8 << 20, 1)), 10)'
    const runner = await open()
    await run(
      runner,
      specOf({ file: node, args: ['-e', script], limits: { memory_mb: 96, cpu: 1, processes: 50 } }),
    )
    const { lastEnd } = await until(async () => {
      const report = await reportOf(runner)
      return report.lastEnd && report
    }, 'it was killed')
    expect(lastEnd).toMatchObject({ code: 'out_of_memory', limitMb: 96 })
  })

  test('a foreign container of the same name is left alone, and the start is refused', async () => {
    const foreign = await docker().createContainer({
      name: name(),
      Image: sharedDocker?.image,
      Cmd: ['sleep', '9'],
    })
    const runner = await open()
    await runner.add([specOf()])
    await expect(runner.start('demo-r1-1')).rejects.toMatchObject({ code: 'process.container_name_taken' })
    expect(await reportOf(runner)).toMatchObject({ state: 'FATAL', reason: { code: 'spawn_failed' } })
    expect((await foreign.inspect()).Id).toBe(foreign.id)
    await runner.remove('demo-r1-1')
    expect((await foreign.inspect()).Id).toBe(foreign.id)
    await foreign.remove()
  })

  test('a container whose image is gone is given up, and the reason says so', async () => {
    const runner = await open(docker(), () => undefined)
    await run(runner, specOf({ image: 'vitrine-none:1' }))
    const { reason } = await inState(runner, 'FATAL')
    expect(reason).toMatchObject({ code: 'crash_loop', last: { code: 'spawn_failed', errno: 'no_image' } })
  })

  test('a container may open as many files as Docker itself where Docker refuses it more', async () => {
    const machine = Number(await readFile('/proc/sys/fs/nr_open', 'utf8'))
    const runner = await open()
    // No process may have a higher limit than the kernel allows.
    await run(runner, specOf({ limits: { open_files: machine + 1 } }))
    await inState(runner, 'RUNNING')
    expect(await reportOf(runner)).toMatchObject({ restarts: 0, lastEnd: null })
  })

  test('Docker’s message about a refused container is in the reason', async () => {
    const runner = await open(docker(), () => undefined)
    await run(runner, specOf({ cwd: 'not/absolute' }))
    const { reason } = await inState(runner, 'FATAL')
    expect(reason).toMatchObject({
      last: { code: 'spawn_failed', said: expect.stringContaining('not/absolute') },
    })
  })

  test('a container that crashes while the control plane is away comes back, and is adopted', async () => {
    const first = await open()
    await run(first, specOf())
    const { generation, pid } = await inState(first, 'RUNNING')
    await first.close()
    const main = pid === null ? null : await identify(pid)
    if (!main) throw new Error('it does not run')
    signalProcess(main, 'SIGKILL')
    await until(async () => {
      const { State, RestartCount } = await docker().getContainer(name()).inspect()
      return State.Running && !State.Restarting && RestartCount === 1
    }, 'Docker has started it again')
    const second = await open()
    const report = await inState(second, 'RUNNING')
    expect(report).toMatchObject({ restarts: 1, lastEnd: { code: 'signalled', signal: 'SIGKILL' } })
    expect(report.generation).not.toBe(generation)
  })

  test('a container whose port was taken while it was stopped gets another one', async () => {
    const first = await open()
    await run(first, specOf({ listens: 'port' }))
    const { endpoint } = await inState(first, 'RUNNING')
    await first.close()
    await docker().getContainer(name()).stop({ t: 0 })
    const port = endpoint !== null && 'port' in endpoint ? endpoint.port : 0
    const foreign = createServer().listen(port, '127.0.0.1')
    await once(foreign, 'listening')
    const second = await open()
    const report = await inState(second, 'RUNNING')
    expect(report.endpoint).not.toEqual(endpoint)
    expect(report.lastEnd).not.toBeNull()
    foreign.close()
  })

  test('no line of its log is lost or doubled when the control plane is restarted', async () => {
    const script =
      'let n = 0; const t = setInterval(() => { console.log(++n); if (n === 1500) clearInterval(t) }, 2); setInterval(() => {}, 1e6)'
    let runner = await open()
    await run(runner, specOf({ file: node, args: ['-e', script] }))
    const log = join(folder, 'out.log')
    for (let round = 0; round < 3; round++) {
      const before = (await textOf(log)).length
      await until(
        async () => (await textOf(log)).length > before || (await textOf(log)).includes('\n1500\n'),
        'more lines',
      )
      await runner.close()
      runner = await open()
    }
    await until(async () => (await textOf(log)).includes('\n1500\n'), 'the last line')
    const numbers = (await textOf(log)).trim().split('\n').map(Number)
    expect(numbers).toEqual(Array.from({ length: 1500 }, (_unused, at) => at + 1))
  })

  test('when the daemon is killed, containers live on, reports say that it is away, and are true again after its start', async () => {
    const own = await mkdtemp(join(tmpdir(), 'vd-'))
    await chmod(own, 0o711)
    try {
      const daemon = await startDaemon(join(own, 'd'))
      const client = await openDocker(daemon)
      const image = await importBaseImage(client)
      const runner = await open(client, () => undefined)
      await run(runner, specOf({ image }))
      const before = await inState(runner, 'RUNNING')
      await daemon.kill()
      const away = await until(async () => {
        const report = await reportOf(runner)
        return report.reason?.code === 'engine_away' && report
      }, 'the reports say so')
      expect(away).toMatchObject({ state: 'RUNNING', pid: before.pid })
      await daemon.start()
      await until(async () => (await reportOf(runner)).reason === null, 'it answers again')
      expect(await reportOf(runner)).toMatchObject({
        state: 'RUNNING',
        generation: before.generation,
        restarts: 0,
      })
      await runner.shutdown()
      opened = []
    } finally {
      await endDaemon(join(own, 'd'))
      await rm(own, { recursive: true, force: true })
    }
  }, 300_000)
})
