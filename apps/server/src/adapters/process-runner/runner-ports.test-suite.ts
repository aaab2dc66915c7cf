import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { setImmediate as giveWay } from 'node:timers/promises'
import { socketsByPort } from '../../lib/procfs/port-ownership.ts'
import { signalProcess } from '../../lib/procfs/process-identity.ts'
import type { ProcessReport, ProcessSpec } from './process-runner.ts'
import { until, type RunnerBench } from './runner-bench.test-suite.ts'

/**
 * A script that listens on its port once, after a number of milliseconds. If the port is taken, it exits with Node's
 * message.
 */
const server = (lateMs: number) => `
  setTimeout(() => require('node:http').createServer((_req, res) => res.end(process.env.VITRINE_INSTANCE))
    .listen(Number(process.env.PORT), process.env.HOST), ${lateMs})`

/** The same, but it listens as soon as the file `open` is in its folder. */
const gatedServer = `
  const isOpen = () => require('node:fs').existsSync('open')
  const wait = () => { if (isOpen()) {${server(0)}} else setTimeout(wait, 20) }
  wait()`

/** Tests what happens to the ports of processes, with real foreign processes on them. */
export function describePorts(bench: RunnerBench): void {
  const { specOf, reportOf, startNew, shell, treeOf } = bench
  const foreignServers: Server[] = []
  afterEach(async () => {
    bench.ports.onGiven = null
    const gone = foreignServers.splice(0).map((one) => new Promise((resolve) => one.close(resolve)))
    await Promise.all(gone)
  })

  /** Takes a port as soon as it is free. */
  async function squat(port: number): Promise<void> {
    for (;;) {
      const foreign = createServer((_req, res) => res.end('a foreign process'))
      foreign.listen(port, '127.0.0.1')
      const isThere = await once(foreign, 'listening').then(
        () => true,
        () => false,
      )
      if (isThere) return void foreignServers.push(foreign)
      await giveWay()
    }
  }
  /** Takes the first `count` ports that are given, each before the process can have it. */
  function squatFirst(count: number): void {
    let left = count
    bench.ports.onGiven = async (_id, port) => {
      if (left-- > 0) await squat(port)
    }
  }
  async function killAll(spec: ProcessSpec): Promise<void> {
    const tree = await treeOf(spec)
    expect(tree).not.toEqual([])
    for (const member of tree) signalProcess(member, 'SIGKILL')
  }
  const node = (script: string, changes: Partial<ProcessSpec> = {}) =>
    specOf({ file: bench.node, args: ['-e', script], listens: 'port', ...changes })

  const openGate = () => writeFile(join(bench.folder, 'open'), '')
  const closeGate = () => rm(join(bench.folder, 'open'))

  const portOf = ({ endpoint }: ProcessReport): number => {
    if (endpoint === null || 'socket' in endpoint) throw new Error('it has no port')
    return endpoint.port
  }
  /** Waits until it answers on its own port, and returns its report. */
  const answering = ({ id }: ProcessSpec) =>
    until(async () => {
      const report = await reportOf(id)
      if (report.state === 'FATAL') throw new Error(`it was given up: ${report.reason}`)
      if (report.generation === null || (await bench.runner.listener(id)) !== 'own') return null
      const answer = await fetch(`http://127.0.0.1:${portOf(report)}/`).catch(() => null)
      return (await answer?.text()) === id ? reportOf(id) : null
    }, `${id} answers on its own port`)

  // Docker takes the port of a container before its program runs, so a foreign process is never seen on it.
  const bindsItself = test.skipIf(bench.driver.container)

  describe('ports', () => {
    test('a process that listens is told its host and port, and its report has its endpoint', async () => {
      const spec = await startNew(node(server(0)))
      const report = await answering(spec)
      expect(report.endpoint).toEqual({ host: '127.0.0.1', port: bench.ports.given[0]?.port })
      expect(report).toMatchObject({ lostPort: null, restarts: 0, generation: expect.any(String) })
      // Docker's own program listens on the ports of containers, so nobody looks whose sockets are there.
      if (bench.driver.container) return expect(report.listeners).toBeUndefined()
      const sockets = (await socketsByPort([portOf(report)]))?.get(portOf(report))
      expect(report.listeners?.toSorted()).toEqual(sockets?.trim().split(' ').toSorted())
    })

    test('a process that does not listen has no endpoint', async () => {
      const spec = await startNew(specOf())
      expect((await bench.inState(spec.id, 'RUNNING')).endpoint).toBeNull()
    })

    test('each life has another generation, and keeps the port if it is free', async () => {
      const spec = await startNew(node(server(0)))
      const first = await answering(spec)
      await bench.runner.stop(spec.id)
      const stopped = await reportOf(spec.id)
      expect([stopped.generation, stopped.endpoint]).toEqual([null, first.endpoint])
      await bench.runner.start(spec.id)
      const second = await answering(spec)
      expect(second.generation).not.toBe(first.generation)
      expect(second.endpoint).toEqual(first.endpoint)
    })

    test('if its port was taken while it was stopped, it gets another one', async () => {
      const spec = await startNew(node(server(0)))
      const before = portOf(await answering(spec))
      await bench.runner.stop(spec.id)
      await squat(before)
      await bench.runner.start(spec.id)
      expect(portOf(await answering(spec))).not.toBe(before)
    })

    test('eight ports in a row taken within milliseconds cause no restart and no FATAL', async () => {
      squatFirst(8)
      const spec = await startNew(node(server(0)))
      const report = await answering(spec)
      expect(bench.ports.given.length).toBe(9)
      expect(report).toMatchObject({ restarts: 0, reason: null })
      await until(async () => (await reportOf(spec.id)).lostPort === null, 'the loss is over')
      for (const { lost } of bench.ports.given.slice(1))
        expect(lost?.by === null || lost?.by).toMatchObject({ pid: process.pid })
    })

    test('a process that listens late is started with another port as soon as a foreign process has its port', async () => {
      squatFirst(3)
      const spec = await startNew(node(gatedServer))
      // It would never find out by itself, because it does not try to listen before the gate is open.
      await until(async () => bench.ports.given.length === 4, 'it has a port of its own')
      await openGate()
      const report = await answering(spec)
      expect(bench.ports.given.length).toBe(4)
      expect(report.restarts).toBe(0)
    })

    test('while a foreign process has its port, the process is STARTING and its report names the other', async () => {
      squatFirst(1)
      const seen: ProcessReport[] = []
      const end = bench.runner.watch((report) => seen.push(report))
      const spec = await startNew(node(server(800)))
      await answering(spec)
      end()
      const lost = seen.find(({ lostPort }) => lostPort !== null)
      expect(lost?.lostPort).toMatchObject({ by: { pid: process.pid } })
      expect(new Set(seen.map(({ state }) => state)).has('FATAL')).toBe(false)
    })

    bindsItself('a process that crashes and whose port is then taken gets another one', async () => {
      await openGate()
      const spec = await startNew(node(gatedServer))
      const first = await answering(spec)
      // Its next life does not listen before the foreign process does.
      await closeGate()
      await killAll(spec)
      await squat(portOf(first))
      await openGate()
      const second = await answering(spec)
      expect(portOf(second)).not.toBe(portOf(first))
    })

    bindsItself(
      'a process that lost its port while no runner was open gets another when one opens',
      async () => {
        await openGate()
        const spec = await startNew(node(gatedServer))
        const first = await answering(spec)
        await bench.runner.close()
        await closeGate()
        await killAll(spec)
        await squat(portOf(first))
        await openGate()
        const second = await bench.openAnother()
        const report = await until(async () => {
          const now = await reportOf(spec.id, second)
          return (await second.listener(spec.id)) === 'own' && now
        }, 'it listens on its own port')
        expect(portOf(report)).not.toBe(portOf(first))
      },
    )

    bindsItself('a foreign listener is not taken for the process', async () => {
      // Each port that it gets: the runner moves it as soon as it sees the foreign process itself.
      squatFirst(Infinity)
      const spec = await startNew(node('setInterval(() => {}, 1000)'))
      const seen = await until(async () => {
        const listener = await bench.runner.listener(spec.id)
        return typeof listener === 'object' && listener
      }, 'the foreign process is seen')
      expect(seen).toMatchObject({ foreign: { pid: process.pid } })
    })

    test('a process that says that its port is taken although it is free is given up in the end', async () => {
      const script = 'echo "OSError: [Errno 98] Address already in use" >&2; exit 1'
      const spec = await startNew(shell(script, { listens: 'port' }))
      await bench.inState(spec.id, 'FATAL')
    })

    test('a program that exits for another reason is given up as usual, and keeps its port', async () => {
      const spec = await startNew(shell('echo "no model" >&2; exit 3', { listens: 'port' }))
      const report = await bench.inState(spec.id, 'FATAL')
      expect(report.reason).toMatchObject({ code: 'crash_loop', last: { code: 'exited', exitCode: 3 } })
      expect(new Set(bench.ports.given.map(({ port }) => port)).size).toBe(1)
    })

    test('a removed program has no port any more', async () => {
      const spec = await startNew(node(server(0)))
      await answering(spec)
      const released: string[] = []
      const { release } = bench.ports
      bench.ports.release = async (id) => {
        released.push(id)
        await release(id)
      }
      await bench.runner.remove(spec.id)
      expect(released).toEqual([spec.id])
    })
  })
}
