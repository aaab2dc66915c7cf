import { readdir, readFile, readlink } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hostWalls } from '@vitrine/contract'
import { skipCutOff } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import {
  hostileNode,
  hostilePython,
  startRegistry,
  type LocalRegistry,
  type Target,
} from './build-network.package.ts'

const skipped = skipCutOff === null ? '' : ` (skipped: ${skipCutOff})`

describe.skipIf(skipCutOff !== null)(`the network of builds${skipped}`, () => {
  let platform: TestPlatform
  let admin: ApiClient
  let registry: LocalRegistry
  /** Something that listens only for this machine, and how often it was reached. */
  let local: Server
  let reached = 0
  let targets: Target[] = []

  beforeAll(async () => {
    local = createServer((connection) => {
      reached += 1
      connection.on('error', () => undefined).end()
    }).listen(0, '127.0.0.1')
    await once(local, 'listening')
    registry = await startRegistry()
    platform = await startPlatform({
      environment: {
        PIP_INDEX_URL: `http://127.0.0.1:${registry.port}/simple`,
        NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.port}/`,
      },
    })
    admin = await platform.admin()
    const address = local.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    targets = [
      { name: 'what listens for this machine', host: '127.0.0.1', port },
      { name: 'the platform', host: '127.0.0.1', port: platform.publicPort },
      { name: 'metadata of a cloud', host: '169.254.169.254', port: 80 },
      { name: 'another host', host: '192.0.2.1', port: 443 },
      { name: 'what listens for this machine, by the proxy', host: '127.0.0.1', port, through: 'proxy' },
      { name: 'another port of the registry, by the proxy', host: '127.0.0.1', port: 22, through: 'proxy' },
      { name: 'the API', url: `http://127.0.0.1:${platform.publicPort}/api/v1/health` },
      { name: 'metadata of a cloud by HTTP', url: 'http://169.254.169.254/latest/meta-data/' },
      { name: 'another host by HTTP', url: 'http://other.example/' },
    ]
  }, 180_000)
  beforeEach(() => {
    reached = 0
    registry.asked.length = 0
  })
  afterAll(async () => {
    await platform?.dispose()
    for (const server of [local, registry?.server]) server?.close()
  }, 180_000)

  const releaseOf = (id: string) => join(platform.dataFolder, 'services', id, 'releases', '1')
  const logOf = (id: string) => readFile(join(platform.dataFolder, 'services', id, 'builds', '1.log'), 'utf8')
  /** What the code of a build found, which it left in the environment. */
  async function triesOf(id: string, link: string): Promise<Record<string, string>> {
    const target = await readlink(join(releaseOf(id), link))
    const content = basename(target) === 'node_modules' ? dirname(target) : target
    const file = (await readdir(content, { recursive: true })).find((one) => basename(one) === 'tries.json')
    const text = await readFile(join(content, file ?? 'none'), 'utf8')
    return z.record(z.string(), z.string()).parse(JSON.parse(text))
  }
  const deploy = async (id: string, files: Parameters<ApiClient['upload']>[0]) => {
    await admin.upload(files, { algorithm_id: id })
    return admin.deploy(id)
  }
  const restart = async (settings: Record<string, string>) => {
    await platform.end('SIGTERM')
    await platform.start(settings)
  }
  const wall = async () => {
    const told = await admin.get('/host/walls', hostWalls)
    return told.walls.find(({ name }) => name === 'build_network')
  }

  const outcomes = () => [
    ...['connection refused', 'connection refused', 'unreachable', 'unreachable'],
    ...targets.slice(4).map(() => 'answered 403'),
  ]
  /** An outcome in the words of every language and system. */
  const plain = (outcome = 'none') =>
    /refused/i.test(outcome)
      ? 'connection refused'
      : /unreachable|ENETUNREACH/i.test(outcome)
        ? 'unreachable'
        : // Node's own fetch opens a tunnel and tells no status.
          outcome.replace('failed: fetch failed', 'answered 403')

  test.each([
    ['setup code of a Python package', 'python', 'venv', () => hostilePython(targets, 'friendly==1.0')],
    ['a preinstall script of npm', 'node', 'node_modules', () => hostileNode(targets, { friendly: '1.0.0' })],
  ] as const)(
    '%s reaches nothing but the registry, from which its other dependencies come',
    async (_what, id, link, files) => {
      expect(await deploy(id, files())).toMatchObject({ state: 'succeeded' })
      const tries = await triesOf(id, link)
      expect(targets.map(({ name }) => plain(tries[name]))).toEqual(outcomes())
      expect(reached).toBe(0)
      expect(registry.asked).toContain(id === 'python' ? '/simple/friendly/' : '/friendly')
    },
    180_000,
  )

  test('the log of the build tells what was refused, and what an administrator can set', async () => {
    for (const id of ['python', 'node']) {
      const log = await logOf(id)
      expect(log).toContain(
        'refused other.example:80, which the package asked for: builds reach only registries',
      )
      expect(log).toContain('VITRINE_BUILD_HOSTS=other.example:80')
      expect(log).toContain('VITRINE_BUILD_HOSTS=169.254.169.254:80')
    }
  })

  test.each([
    ['a direct address', 'thing @ https://files.example/thing-1.0-py3-none-any.whl', 'files.example'],
    ['a git repository', 'thing @ git+https://code.example/thing.git', 'code.example'],
    ['an index of its own', '--extra-index-url https://index.example/simple\nthing', 'index.example'],
  ])(
    'a package that names %s is not built, and the error says what to set',
    async (_what, line, host) => {
      const ended = await deploy(`names-${host.split('.')[0]}`, hostilePython([], line))
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'deploy.environment_failed' } })
      expect(JSON.stringify(ended.error)).toContain(`VITRINE_BUILD_HOSTS=${host}`)
    },
    120_000,
  )

  test('neither does an .npmrc lead a build to another registry', async () => {
    const settings = '@ours:registry=https://npm.example/\nproxy=\nhttps-proxy=\n'
    const files = { ...hostileNode([], { '@ours/thing': '1.0.0' }), '.npmrc': settings }
    const ended = await deploy('npmrc', files)
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'deploy.environment_failed' } })
    expect(JSON.stringify(ended.error)).toContain('VITRINE_BUILD_HOSTS=npm.example')
  }, 120_000)

  test('the sockets of builds are gone after them', async () => {
    expect(await readdir(join(platform.dataFolder, 'build-network'))).toEqual([])
  })

  test('the page of the walls names what builds reach', async () => {
    expect(await wall()).toMatchObject({
      state: 'stands',
      facts: [
        { code: 'build_hosts', values: { hosts: expect.stringMatching(`^127.0.0.1:${registry.port}, `) } },
      ],
    })
  })

  test('a further host is reached if the administrator names it, and its address where that is not public', async () => {
    const needs = `thing @ http://localhost:${registry.port}/files/thing-1.0-py3-none-any.whl`
    await restart({ VITRINE_BUILD_HOSTS: `localhost:${registry.port}` })
    const refused = await deploy('further', hostilePython([], needs))
    const both = `VITRINE_BUILD_HOSTS=localhost:${registry.port},127.0.0.1`
    expect(JSON.stringify(refused.error)).toContain(both)
    await restart({ VITRINE_BUILD_HOSTS: `localhost:${registry.port}, 127.0.0.1` })
    expect(await admin.deploy('further')).toMatchObject({ state: 'succeeded' })
  }, 240_000)

  test('builds without any network are refused the registry as well, and are told so', async () => {
    await restart({ VITRINE_BUILD_NETWORK: 'none' })
    const ended = await deploy('none', hostilePython([], 'friendly==1.0'))
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'deploy.environment_failed' } })
    expect(JSON.stringify(ended.error)).toContain('VITRINE_BUILD_NETWORK=none')
    expect(registry.asked).toEqual([])
    expect(await wall()).toMatchObject({ state: 'stands', facts: [{ code: 'builds_cut_off' }] })
    // What needs nothing of the network is built.
    expect(await deploy('alone', hostileNode([]))).toMatchObject({ state: 'succeeded' })
  }, 240_000)

  test('with the network of the machine they reach all of this, and the page of the walls says so', async () => {
    await restart({ VITRINE_BUILD_NETWORK: 'all' })
    const [listener, own] = targets
    expect(await deploy('all', hostileNode(targets.slice(0, 2)))).toMatchObject({ state: 'succeeded' })
    const tries = await triesOf('all', 'node_modules')
    expect([listener, own].map((target) => tries[target?.name ?? ''])).toEqual(['connected', 'connected'])
    expect(reached).toBe(1)
    expect(await wall()).toMatchObject({ state: 'missing', gaps: [{ code: 'builds_on_network' }] })
  }, 240_000)

  test('a machine that cannot cut them off builds nothing if that is set, and as before if nothing is', async () => {
    await restart({ VITRINE_SANDBOX: 'off', VITRINE_BUILD_NETWORK: 'registries' })
    const ended = await deploy('cannot', hostileNode(targets.slice(0, 1)))
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'deploy.network_unavailable' } })
    await restart({ VITRINE_SANDBOX: 'off' })
    expect(await admin.deploy('cannot')).toMatchObject({ state: 'succeeded' })
    expect(await wall()).toMatchObject({
      state: 'missing',
      gaps: [{ code: 'network_shared' }, { code: 'builds_on_network' }],
    })
  }, 240_000)
})
