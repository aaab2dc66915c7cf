import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gate } from '../../../../../tests/support/gate.ts'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { runCommand } from '../../lib/run-command.ts'
import { portOf } from '../../adapters/gateway/gateway.test-upstream.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import type { Environments } from './environments.ts'
import { environmentsAt, own, requestFor } from './request.test-setup.ts'
import { wheel } from './wheel.test-setup.ts'

const python = '/usr/bin/python3'
const hasPython = await access(python).then(
  () => true,
  () => false,
)
const hour = 60 * 60 * 1000
const never = new AbortController().signal

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
/** A wheel with one module, `tiny`. */
const tinyWheel = zipFile([
  { name: 'tiny.py', content: 'x = 1\n' },
  { name: 'tiny-1.0.dist-info/METADATA', content: 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n' },
  {
    name: 'tiny-1.0.dist-info/WHEEL',
    content: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  },
  { name: 'tiny-1.0.dist-info/RECORD', content: '' },
])
const tinyHash = createHash('sha256').update(tinyWheel).digest('hex')

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
    environmentsAt(folder(), { pipIndexUrl, pythons: [interpreter], clock: () => new Date(now) })
  async function packageNeeding(requirements: string) {
    const packageFolder = await mkdtemp(join(root, 'package-'))
    await writeFile(join(packageFolder, 'requirements.txt'), requirements)
    return packageFolder
  }
  async function packageOf(files: Record<string, string | Buffer>) {
    const packageFolder = await mkdtemp(join(root, 'package-'))
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(packageFolder, path)), { recursive: true })
      await writeFile(join(packageFolder, path), content)
    }
    return packageFolder
  }
  const install = async (
    files: Record<string, string | Buffer>,
    { manifest = own, log }: { manifest?: typeof own; log?: (line: string) => void } = {},
  ) => {
    const packageFolder = await packageOf(files)
    const request = requestFor(packageFolder, manifest)
    return create('http://127.0.0.1:9/simple').prepare({ ...request, ...(log && { log }) })
  }
  const imports = async (made: Awaited<ReturnType<typeof install>>, name: string) => {
    const file = join(made?.links[0]?.target ?? '', 'bin', 'python')
    const env = { PATH: '/usr/bin:/bin' }
    const result = await runCommand({ file, args: ['-I', '-c', `import ${name}`], cwd: '/', env })
    return result.exitCode === 0
  }
  const kept = () => readdir(folder()).catch(() => [])
  async function prepare(
    environments: Environments,
    requirements: string,
    { signal = never, owner = 'anna' }: { signal?: AbortSignal; owner?: string } = {},
  ) {
    const packageFolder = await packageNeeding(requirements)
    return environments.prepare({ ...requestFor(packageFolder), owner, signal })
  }

  test('two services of one owner with the same requirements share one environment, built once although both ask at the same time', async () => {
    const environments = create()
    const both = await Promise.all([prepare(environments, '# ours\n\n'), prepare(environments, '# theirs\n')])
    expect(both[0]?.links).toEqual([{ name: 'venv', target: join(folder(), both[0]?.hash ?? '', 'content') }])
    expect(both[1]?.links).toEqual(both[0]?.links)
    expect(await kept()).toEqual([both[0]?.hash])
    await access(join(both[0]?.links[0]?.target ?? '', 'bin', 'python'))
    expect((await prepare(environments, ''))?.cached).toBe(true)
    expect(await prepare(environments, '', { owner: 'ben' })).toMatchObject({ cached: false })
  })

  test('an interpreter may be a link outside of the folder in which it is installed', async () => {
    const link = join(root, 'my-python')
    await symlink(python, link)
    const made = await prepare(create(null, link), '')
    // Its own links lead to the installation, so it works also where the link is not seen.
    await rm(link)
    await access(join(made?.links[0]?.target ?? '', 'bin', 'python'))
  })

  test('a requirement that cannot be met is reported in pip’s own words and leaves no folder', async () => {
    const { url } = await index((_req, res) => res.writeHead(404).end())
    await expect(prepare(create(url), 'no-such-package-of-ours==1.0\n')).rejects.toMatchObject({
      code: 'deploy.environment_failed',
      message: expect.stringContaining('No matching distribution found for no-such-package-of-ours==1.0'),
    })
    expect(await kept()).toEqual([])
  })

  test.each<[string, Record<string, string | Buffer>]>([
    ['a wheel of the package', { 'requirements.txt': './wheels/tiny-1.0-py3-none-any.whl\n' }],
    ['a folder of wheels', { 'requirements.txt': '--no-index\n--find-links wheels\ntiny\n' }],
    ['a file of PowerShell', { 'requirements.txt': utf16('./wheels/tiny-1.0-py3-none-any.whl\r\n') }],
    [
      'a nested file',
      { 'requirements.txt': '-r more/base.txt\n', 'more/base.txt': './wheels/tiny-1.0-py3-none-any.whl\n' },
    ],
    ['a direct reference', { 'requirements.txt': 'tiny @ file:./wheels/tiny-1.0-py3-none-any.whl\n' }],
    [
      'a file with hashes',
      { 'requirements.txt': `./wheels/tiny-1.0-py3-none-any.whl \\\n    --hash=sha256:${tinyHash}\n` },
    ],
  ])('what %s names is installed', async (_name, files) => {
    const made = await install({ ...files, 'wheels/tiny-1.0-py3-none-any.whl': tinyWheel })
    expect(await imports(made, 'tiny')).toBe(true)
  })

  test('a command that lists packages has them, too', async () => {
    const files = {
      'requirements.txt': './tiny-1.0-py3-none-any.whl\n',
      'tiny-1.0-py3-none-any.whl': tinyWheel,
    }
    const command = completeManifest({ runtime: 'command', form: 'command', entry: 'python server.py' })
    const made = await install(files, { manifest: command })
    expect(made?.links[0]?.name).toBe('venv')
    expect(await imports(made, 'tiny')).toBe(true)
    expect(await install({ 'server.go': '' }, { manifest: command })).toBeNull()
  })

  test('another content of a file that is installed is another environment', async () => {
    const files = { 'requirements.txt': '-c limits.txt\n', 'limits.txt': 'a==1\n' }
    const first = await install(files)
    const second = await install({ ...files, 'limits.txt': 'a==2\n' })
    expect(second?.hash).not.toBe(first?.hash)
    expect(await install(files)).toMatchObject({ hash: first?.hash, cached: true })
  })

  test('what pip prints can be read while it works', async () => {
    const lines: string[] = []
    await install(
      { 'requirements.txt': './tiny-1.0-py3-none-any.whl\n', 'tiny-1.0-py3-none-any.whl': tinyWheel },
      { log: (line) => void lines.push(line) },
    )
    expect(lines.join('\n')).toContain('Successfully installed tiny-1.0')
  })

  test('a wheel for another system says so', async () => {
    const name = 'tiny-1.0-cp27-cp27m-win_amd64.whl'
    await expect(install({ 'requirements.txt': `./${name}\n`, [name]: tinyWheel })).rejects.toMatchObject({
      details: { cause: { en: expect.stringContaining('is for another system or version of Python') } },
    })
  })

  test('an index that cannot be reached is the cause, not that it has no such package', async () => {
    const failed = install({ 'requirements.txt': 'no-such-package-of-ours\n' })
    await expect(failed).rejects.toMatchObject({
      code: 'deploy.environment_failed',
      details: { cause: { en: expect.stringContaining('the connection was refused') } },
    })
  })

  test.each([
    ['-r gone.txt', 'deploy.requirements_missing'],
    ['numpy @ file:///croot/numpy_1/work', 'deploy.requirements_foreign'],
  ])('with the line %s nothing is installed, and the error says where it stands', async (line, code) => {
    const failed = install({ 'requirements.txt': `-r more.txt\n`, 'more.txt': `one\n${line}\n` })
    await expect(failed).rejects.toMatchObject({ code, status: 422, details: { file: 'more.txt', line } })
    expect(await kept()).toEqual([])
  })

  test('what a program with a server of its own needs comes from the index: nothing older of the machine stands in', async () => {
    const wheels = new Map([
      ['own_server-1.0-py3-none-any.whl', wheel('own_server', '1.0', ['jsonschema'])],
      ['jsonschema-99.0-py3-none-any.whl', wheel('jsonschema', '99.0')],
    ])
    const { url } = await index((request, response) => {
      const [, , name = '', file = ''] = (request.url ?? '').split('/')
      const bytes = wheels.get(file)
      if (bytes) return response.end(bytes)
      const named = [...wheels.keys()].filter((one) => one.startsWith(`${name.replace('-', '_')}-`))
      const links = named.map((one) => `<a href="/simple/${name}/${one}">${one}</a>`)
      response.writeHead(links.length > 0 ? 200 : 404, { 'content-type': 'text/html' }).end(links.join(''))
    })
    const version = async (manifest: typeof own) => {
      const packageFolder = await packageNeeding('own-server\n')
      const made = await create(url).prepare(requestFor(packageFolder, manifest))
      const args = ['-c', 'from importlib.metadata import version; print(version("jsonschema"))']
      const file = join(made?.links[0]?.target ?? '', 'bin', 'python')
      const { stdout } = await runCommand({ file, args, cwd: root, env: { PATH: '/usr/bin:/bin' } })
      return stdout[0]
    }
    expect(await version(own)).toBe('99.0')
    // The platform's runtime is tried with the packages of the machine.
    expect(await version(completeManifest())).not.toBe('99.0')
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
    const request = requestFor(await packageNeeding(''))
    const [isBuilding, secondHears] = [gate(), gate()]
    const first = environments.prepare({
      ...request,
      // The build goes on only when both wait for it.
      report: async () => {
        isBuilding.open()
        await secondHears.passed
      },
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

  test('an environment in which tests of a package run is not deleted, however long they take', async () => {
    const environments = create()
    const environment = await prepare(environments, '')
    const packageFolder = await packageNeeding('')
    const deleted: string[][] = []
    const { url } = await index((_request, response) => {
      now += 2 * hour
      void environments.collect(new Set()).then((names) => response.end(deleted.push(names).toString()))
    })
    const ask = `import urllib.request; urllib.request.urlopen('${url}')`
    const waiter = requestFor(packageFolder)
    const tests = { packageFolder, environment, command: [python, '-c', ask] as const, timeoutMs: 120_000 }
    expect(await environments.runInCopy({ ...tests, waiter })).toMatchObject({ exitCode: 0 })
    expect(deleted).toEqual([[]])
    expect(await environments.collect(new Set())).toEqual([environment?.hash])
  })
})
