import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { sandboxHere } from '../../lib/sandbox/sandbox.test-setup.ts'
import { portOf } from '../../adapters/gateway/gateway.test-upstream.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { Environments } from './environments.ts'

const python = '/usr/bin/python3'
const hasPython = await access(python).then(
  () => true,
  () => false,
)
const hour = 60 * 60 * 1000
const never = new AbortController().signal
/** A package with its own server. Its environment has only what it asks for, without the platform's runtime. */
const own = completeManifest({ form: 'command', entry: 'python3 server.py' })
/** A promise, and the function that resolves it. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open: () => open() }
}

const skipped = hasPython ? '' : ` (skipped: there is no ${python})`
describe.skipIf(!hasPython)(`Python environments${skipped}`, () => {
  let root = ''
  let now = 0
  let servers: Server[] = []
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vitrine-environments-'))
    now = Date.UTC(2030, 0, 1)
    servers = []
  })
  afterEach(async () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await rm(root, { recursive: true, force: true })
  })

  /** A package index that gives the answers of the test. */
  async function index(answer: RequestListener) {
    const server = createServer(answer).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return { server, url: `http://127.0.0.1:${portOf(server)}/simple` }
  }
  const folder = () => join(root, 'environments')
  const create = (pipIndexUrl: string | null = null, interpreter = python) =>
    new Environments({
      folder: folder(),
      pythonCandidates: [interpreter],
      nodeTools: { node: process.execPath, npm: 'npm' },
      commandEnv: { PATH: '/usr/bin:/bin' },
      jobs: { within: (_id, work) => work(async (command) => command), close: async () => {} },
      sandbox: sandboxHere,
      read: [],
      runtimeRequirements: '',
      pipIndexUrl,
      accounts: jobAccounts(null),
      clock: () => new Date(now),
    })
  async function packageNeeding(requirements: string) {
    const packageFolder = await mkdtemp(join(root, 'package-'))
    await writeFile(join(packageFolder, 'requirements.txt'), requirements)
    return packageFolder
  }
  const kept = () => readdir(folder()).catch(() => [])
  async function prepare(
    environments: Environments,
    requirements: string,
    { signal = never, owner = 'anna' }: { signal?: AbortSignal; owner?: string } = {},
  ) {
    const packageFolder = await packageNeeding(requirements)
    return environments.prepare({ manifest: own, packageFolder, owner, report: async () => {}, signal })
  }

  test('two services of one owner with the same requirements share one environment, built once although both ask at the same time', async () => {
    const environments = create()
    const both = await Promise.all([prepare(environments, '# ours\n\n'), prepare(environments, '# theirs\n')])
    expect(both[0]?.link).toEqual({ name: 'venv', target: join(folder(), both[0]?.hash ?? '', 'content') })
    expect(both[1]?.link).toEqual(both[0]?.link)
    expect(await kept()).toEqual([both[0]?.hash])
    await access(join(both[0]?.link.target ?? '', 'bin', 'python'))
    expect((await prepare(environments, ''))?.cached).toBe(true)
    expect(await prepare(environments, '', { owner: 'ben' })).toMatchObject({ cached: false })
  })

  test('an interpreter may be a link outside of the folder in which it is installed', async () => {
    const link = join(root, 'my-python')
    await symlink(python, link)
    const made = await prepare(create(null, link), '')
    // Its own links lead to the installation, so it works also where the link is not seen.
    await rm(link)
    await access(join(made?.link.target ?? '', 'bin', 'python'))
  })

  test('a requirement that cannot be met is reported in pip’s own words and leaves no folder', async () => {
    const { url } = await index((_req, res) => res.writeHead(404).end())
    await expect(prepare(create(url), 'no-such-package-of-ours==1.0\n')).rejects.toMatchObject({
      code: 'deploy.environment_failed',
      message: expect.stringContaining('No matching distribution found for no-such-package-of-ours==1.0'),
    })
    expect(await kept()).toEqual([])
  })

  test('a cancelled build leaves nothing', async () => {
    const { server, url } = await index(() => {})
    const cancel = new AbortController()
    const build = prepare(create(url), 'no-such-package-of-ours\n', { signal: cancel.signal })
    await Promise.race([once(server, 'request'), build])
    cancel.abort(new Error('cancelled'))
    await expect(build).rejects.toThrow('cancelled')
    expect(await kept()).toEqual([])
  })

  test('a cancelled deploy does not end the build that another deploy waits for', async () => {
    const environments = create()
    const cancel = new AbortController()
    const request = { manifest: own, packageFolder: await packageNeeding(''), owner: 'anna' }
    const [isBuilding, secondHears] = [gate(), gate()]
    const first = environments.prepare({
      ...request,
      report: async () => isBuilding.open(),
      signal: cancel.signal,
    })
    await isBuilding.passed
    const second = environments.prepare({
      ...request,
      report: async () => secondHears.open(),
      signal: never,
    })
    await secondHears.passed
    cancel.abort(new Error('cancelled'))
    await expect(first).rejects.toThrow('cancelled')
    expect(await kept()).toEqual([(await second)?.hash])
  })

  test('environments that no release needs are deleted, except those requested within the last hour', async () => {
    const environments = create()
    const made = await prepare(environments, '')
    await mkdir(join(folder(), 'python-needed'))
    const inUse = new Set(['python-needed'])
    now += hour - 1
    expect(await environments.collect(inUse)).toEqual([])
    now += 1
    expect(await environments.collect(inUse)).toEqual([made?.hash])
    expect(await kept()).toEqual(['python-needed'])
    expect((await prepare(environments, ''))?.cached).toBe(false)
  })
})
