import { spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { hasCode } from '../../lib/code-of-error.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { identify, signalProcess } from '../../lib/procfs/process-identity.ts'
import type { ProcessRunner, ProcessSpec } from './process-runner.ts'
import { until, type RunnerBench } from './runner-bench.test-suite.ts'

/** `nobody`, which owns nothing. */
const another = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

/** Answers with its environment and a name of this life; at `/held` only when the file `open` is in its folder. */
const answering = `
  const { existsSync } = require('node:fs')
  const life = require('node:crypto').randomUUID()
  const { VITRINE_INSTANCE: id, HOST: host = null, PORT: port = null, VITRINE_LISTEN_FD: descriptor } = process.env
  const whenOpen = (work) => existsSync('open') ? work() : setTimeout(whenOpen, 20, work)
  const server = require('node:http').createServer((req, res) => {
    const answer = () => res.end(JSON.stringify({ id, host, port, life }))
    if (req.url === '/held') { console.log('held'); whenOpen(answer) } else answer()
  })
  process.on('SIGTERM', () => server.close(() => process.exit(0)))`
const server = `${answering}
  server.listen({ fd: Number(descriptor) })`
/** The same, but it accepts connections only when the file `open` is in its folder. */
const gatedServer = `${answering}
  whenOpen(() => server.listen({ fd: Number(descriptor) }))`

/**
 * In its first life, it starts a server with its own descriptor that answers `left` and belongs to nobody: it has
 * another session, no environment, and soon no parent. It ends when the file `open` is in its folder.
 */
const leavingServer = `${server}
  if (!existsSync('left')) {
    require('node:fs').writeFileSync('left', '')
    const left = "require('node:http').createServer((_req, res) => res.end('left')).listen({ fd: 3 });" +
      "setInterval(() => require('node:fs').existsSync('open') && process.exit(), 20)"
    const stdio = ['ignore', 'ignore', 'ignore', Number(descriptor)]
    require('node:child_process').spawn(process.execPath, ['-e', left], { env: {}, stdio, detached: true })
  }`

/** Tries to remove a socket and to put a link in its place, and prints what the system says. */
const replacing = (path: string) => `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  const path = ${JSON.stringify(path)}
  const attempts = [() => unlinkSync(path), () => renameSync(path, path + '2'), () => symlinkSync('/', path + '3')]
  const tried = attempts.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.code } })
  console.log(tried.join(' '))
  setInterval(() => {}, 1000)`

/** Asks a process at its socket. Rejects with the system's error if nobody answers. */
function ask(socketPath: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, agent: false }, (answer) => text(answer).then(resolve, reject))
    asked.on('error', reject)
    asked.end()
  })
}

/** Connects to a socket as another account. Resolves with `connected` or the system's error code. */
function connectAs(account: { uid: number; gid: number }, path: string): Promise<string> {
  const code = `require('node:net').connect(${JSON.stringify(path)}).on('connect', function () { process.stdout.write('connected'); this.destroy() }).on('error', (error) => process.stdout.write(error.code))`
  const { stdout } = spawn(process.execPath, ['-e', code], {
    ...account,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text(stdout)
}

/** Tests processes that listen on a socket which the runner makes. */
export function describeSockets(bench: RunnerBench): void {
  const { specOf, reportOf, startNew, treeOf, textOf } = bench
  const node = (script: string, changes: Partial<ProcessSpec> = {}) =>
    specOf({ file: bench.node, args: ['-e', script], listens: 'socket', ...changes })
  const socketOf = async ({ id }: ProcessSpec, of?: Pick<ProcessRunner, 'reports'>): Promise<string> => {
    const { endpoint } = await reportOf(id, of)
    if (endpoint === null || !('socket' in endpoint)) throw new Error(`${id} has no socket`)
    return endpoint.socket
  }
  const openGate = () => writeFile(join(bench.folder, 'open'), '')
  async function killAll(spec: ProcessSpec): Promise<void> {
    const tree = await treeOf(spec)
    expect(tree).not.toEqual([])
    for (const member of tree) signalProcess(member, 'SIGKILL')
  }
  const refused = (socket: string) =>
    until(
      () =>
        ask(socket).then(
          () => false,
          (error: unknown) => hasCode(error, 'ECONNREFUSED', 'ENOENT'),
        ),
      'connections are refused',
    )

  describe('sockets', () => {
    test('a process gets a listening socket, which its report names, and neither host nor port', async () => {
      const spec = await startNew(node(server))
      const answer = await ask(await socketOf(spec))
      expect(JSON.parse(answer)).toMatchObject({ id: spec.id, host: null, port: null })
      expect(await bench.runner.listener(spec.id)).toBe('own')
      expect(bench.ports.given).toEqual([])
    })

    test('requests wait until the process accepts them', async () => {
      const spec = await startNew(node(gatedServer))
      const answer = ask(await socketOf(spec))
      await bench.inState(spec.id, 'RUNNING')
      await openGate()
      expect(JSON.parse(await answer)).toMatchObject({ id: spec.id })
    })

    test('after a crash, the next life answers on a new socket at the same path', async () => {
      const spec = await startNew(node(server))
      const socket = await socketOf(spec)
      const first = await ask(socket)
      const before = await stat(socket, { bigint: true })
      await killAll(spec)
      const next = await until(async () => {
        const answer = await ask(socket).catch(() => null)
        return answer !== null && answer !== first && answer
      }, 'the next life answers')
      expect(JSON.parse(next)).toMatchObject({ id: spec.id })
      expect((await stat(socket, { bigint: true })).ctimeNs).not.toBe(before.ctimeNs)
      expect(await socketOf(spec)).toBe(socket)
    })

    test('a program that outlives its process, and has its socket, gets no request of the next life', async () => {
      const spec = await startNew(node(leavingServer))
      const socket = await socketOf(spec)
      await until(async () => (await ask(socket)) === 'left', 'the other program answers')
      const first = await until(async () => {
        const answer = await ask(socket)
        return answer !== 'left' && answer
      }, 'the process answers')
      const identity = await identify((await reportOf(spec.id)).pid ?? 0)
      if (!identity) throw new Error('it does not run')
      signalProcess(identity, 'SIGKILL')
      const next = await until(async () => {
        const answer = await ask(socket).catch(() => 'left')
        return answer !== 'left' && answer !== first && answer
      }, 'the next life answers')
      for (let asked = 0; asked < 30; asked++) expect(await ask(socket)).toBe(next)
      await openGate()
    })

    test('no connection waits for a stopped process, and of a removed one no socket is left', async () => {
      const spec = await startNew(node(server))
      const socket = await socketOf(spec)
      await ask(socket)
      await bench.runner.stop(spec.id)
      await refused(socket)
      expect(await bench.runner.listener(spec.id)).toBe('nobody')
      await bench.runner.remove(spec.id)
      expect(await pathExists(socket)).toBe(false)
    })

    test('a process that is told to end answers the request that it has begun', async () => {
      const spec = await startNew(node(server, { stopGraceMs: 60_000 }))
      const answer = ask(await socketOf(spec), '/held')
      await textOf(spec.stdoutLog)
      const stopped = bench.runner.stop(spec.id)
      await openGate()
      expect(JSON.parse(await answer)).toMatchObject({ id: spec.id })
      await stopped
    })

    test('a runner that opens later finds the process on its socket, and restarts it with a new one', async () => {
      const spec = await startNew(node(server))
      const socket = await socketOf(spec)
      const first = await ask(socket)
      await bench.runner.close()
      expect(await ask(socket)).toBe(first)
      const second = await bench.openAnother()
      expect(await socketOf(spec, second)).toBe(socket)
      expect(await ask(socket)).toBe(first)
      await killAll(spec)
      await until(async () => {
        const answer = await ask(socket).catch(() => null)
        return answer !== null && answer !== first
      }, 'the next life answers')
    })

    test('two processes have two sockets', async () => {
      const specs = [await startNew(node(server)), await startNew(node(server))]
      for (const spec of specs)
        expect(JSON.parse(await ask(await socketOf(spec)))).toMatchObject({ id: spec.id })
    })

    test.skipIf(!isRoot)('another account of the machine cannot connect', async () => {
      const spec = await startNew(node(server))
      const socket = await socketOf(spec)
      await ask(socket)
      expect(await connectAs(another, socket)).toBe('EACCES')
    })

    test.skipIf(!isRoot)('a process can neither remove a socket nor put a link in its place', async () => {
      const socket = await socketOf(await startNew(node(server)))
      await ask(socket)
      const spec = await startNew(node(replacing(socket), { user: another }))
      // In a sandbox, it does not even see them.
      expect(await textOf(spec.stdoutLog)).toMatch(/^(EACCES|ENOENT) (EACCES|ENOENT) (EACCES|ENOENT|EROFS)$/)
      await ask(socket)
    })
  })
}
