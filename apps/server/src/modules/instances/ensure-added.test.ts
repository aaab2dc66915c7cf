import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  memoryRunner,
  type MemoryRunner,
} from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import { environmentFailed } from '../environments/environments.errors.ts'
import { dataPaths } from '../../lib/paths.ts'
import { serviceFolders } from './instance-spec.ts'
import { addInstance, ensureAdded, type InstancesDeps } from './instances.usecases.ts'
import { startInstance } from './start-instance.ts'
import type { KnownInstance } from './known-instance.ts'
import { InstanceMonitor } from './instance-monitor.ts'
import type { ProbeResult } from './probe.ts'
import { reasonLines, reasonWords } from './reason.ts'
import { activate, runtimeCommands, startScript } from './runtime-start.ts'

const instance: KnownInstance = {
  id: 'demo-r1-1',
  serviceId: 'demo',
  release: 1,
  replica: 1,
  mode: 'local',
  limits: {},
  network: 'all',
  configRevision: 0,
  health: { path: '/health', interval_s: 10, startup_timeout_s: 60 },
}
let folder: string
let runner: MemoryRunner
let deps: InstancesDeps
/** The folder of the release. */
let release: string
let probe: () => ProbeResult

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vea-'))
  runner = memoryRunner()
  probe = () => ({ health: 'READY', reason: null, found: null })
  const onError = (error: unknown) => {
    throw error
  }
  const monitor = new InstanceMonitor({
    runner,
    onError,
    onChange: () => {},
    portsOf: async () => [],
    lastLines: async () => [],
    probe: async () => probe(),
  })
  await monitor.open([])
  const paths = dataPaths(folder)
  release = serviceFolders(paths, 'demo').release(1)
  await mkdir(release, { recursive: true })
  deps = {
    runner,
    monitor,
    settings: {
      paths,
      nodeFile: process.execPath,
      runtimesFolder: folder,
      platformUrl: 'http://127.0.0.1:9',
      stopGraceMs: 20_000,
      allowUrls: false,
      ceilings: { most: {}, usual: {} },
      readable: [],
      network: { ceiling: 'all', canBeCutOff: false },
      mediaSocket: '/nonexistent/media.sock',
    },
    accountOf: async () => null,
    environmentOf: async () => ({ folders: [], group: null }),
    ensureImage: async () => null,
    dependencies: { areLost: async () => false, ensure: async () => false },
    disk: { fullOf: () => null },
    instanceSecretOf: async () => 'key',
    variablesOf: async () => ({}),
    issueToken: async () => 'token',
    maskOf: async () => (text) => text,
    inFlight: async () => 0,
    longestDrainMs: () => 60_000,
  }
})
afterEach(async () => {
  deps.monitor.close()
  await rm(folder, { recursive: true })
})

const endpoint = async () => (await runner.reports()).get(instance.id)?.endpoint
/** From now on, the platform's runtime serves the release. */
async function useRuntime(commands = [activate, runtimeCommands.python]): Promise<void> {
  await writeFile(join(release, 'start.sh'), startScript(commands))
}
const onSocket = { socket: expect.stringContaining(instance.id) }
const onPort = { host: '127.0.0.1', port: expect.any(Number) }

test('an instance of the platform’s runtime is added with a socket, and one that serves itself with a port', async () => {
  await ensureAdded(deps, instance)
  expect(await endpoint()).toEqual(onPort)
  await ensureAdded(deps, instance)
  expect(await endpoint()).toEqual(onPort)
  await runner.remove(instance.id)
  await useRuntime()
  await addInstance(deps, instance)
  expect(await endpoint()).toEqual(onSocket)
})

test('only the platform’s runtimes, which take changed values, get the key with which the platform tells them', async () => {
  const keys: (string | undefined)[] = []
  const noted: MemoryRunner['add'] = (specs) => {
    keys.push(...specs.map(({ env }) => env.VITRINE_CONFIG_KEY))
    return runner.add(specs)
  }
  const addOnce = async () => {
    await addInstance({ ...deps, runner: { ...runner, add: noted } }, instance)
    await runner.remove(instance.id)
  }
  await addOnce()
  await useRuntime([runtimeCommands.node])
  await addOnce()
  await useRuntime()
  await addOnce()
  expect(keys).toEqual([undefined, 'key', 'key'])
})

test('a start is told how its process ended, also if the next process is looked at first', async () => {
  let exited = false
  probe = () => {
    if (!exited) runner.exitNow(instance.id, 127)
    exited = true
    return { health: 'STARTING', reason: null, found: null }
  }
  await addInstance(deps, instance)
  const result = await startInstance(deps, instance, { signal: new AbortController().signal })
  expect(result.ready ? null : result.reason.en).toContain('127')
})

test('a start whose process ends while the reason is looked up is told how it ended, not to wait longer', async () => {
  probe = () => ({ health: 'STARTING', reason: null, found: null })
  const hasty = { ...instance, health: { ...instance.health, startup_timeout_s: 0 } }
  await addInstance(deps, hasty)
  const maskOf = async () => {
    runner.exitNow(instance.id, 1)
    return (text: string) => text
  }
  const result = await startInstance({ ...deps, maskOf }, hasty, { signal: new AbortController().signal })
  expect(result.ready ? null : result.reason.en).toMatch(/^exit 1/)
})

test('an instance whose dependencies are installed again says so, is added anew, and says why if that fails', async () => {
  const seen: unknown[] = []
  const shown = () => {
    const live = deps.monitor.get(instance.id)
    return { state: live?.state, reason: live?.reason && reasonWords(live.reason).en }
  }
  let fails = true
  const dependencies: InstancesDeps['dependencies'] = {
    areLost: async () => true,
    ensure: async (_of, { report }) => {
      await report({ zh: '正在安装', en: 'installing' })
      seen.push(shown())
      if (fails)
        throw environmentFailed({
          command: 'pip',
          cause: null,
          lines: ['no such secret-package'],
          may_pass: false,
        })
      return true
    },
  }
  const start = () =>
    startInstance({ ...deps, dependencies }, instance, { signal: new AbortController().signal })
  await addInstance(deps, instance)
  await expect(start()).rejects.toMatchObject({ code: 'deploy.environment_failed' })
  expect(seen).toEqual([{ state: 'STARTING', reason: 'installing' }])
  const failed = shown()
  expect(failed.state).toBe('FATAL')
  expect(failed.reason).toContain('could not be installed again: Installing the dependencies failed')
  expect(failed.reason).not.toContain('secret-package')
  const { reason } = deps.monitor.get(instance.id) ?? {}
  expect(reason && reasonLines(reason).join()).toContain('secret-package')
  fails = false
  await useRuntime()
  expect(await start()).toMatchObject({ ready: true, endpoint: onSocket })
  expect(shown()).toMatchObject({ reason: null })
})
