import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { portOf } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'
import { skipCutOff } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { proxiedNetwork } from '../../apps/server/src/modules/build-network/build-network.ts'
import type { Environments } from '../../apps/server/src/modules/environments/environments.ts'
import { environmentsAt, requestFor } from '../../apps/server/src/modules/environments/request.test-setup.ts'
import { completeManifest } from '../../apps/server/src/modules/releases/releases.test-world.ts'
import type { PackageFiles } from '../support/api-client.ts'
import { builtProject, projectFolder } from '../support/built-project.ts'
import { startNpmMirror, type NpmMirror } from '../support/npm-mirror.ts'
import { withAddresses, withCode, type Target } from './package-managers.package.ts'

const skipped = skipCutOff === null ? '' : ` (skipped: ${skipCutOff})`
const longTest = 300_000
const mirrored = ['ms@2.1.3', 'isarray@2.0.5', 'pnpm@10.28.2', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.12.0']
const secret = 'the key of all secrets'
const manifest = completeManifest({ runtime: 'node', form: 'node-server', entry: 'node server.js' })
const noted = z.record(z.string(), z.string())

/**
 * Every build here has the platform's own account, as where an ordinary user started it, so only the sandbox and the network of builds
 * keep it from anything.
 */
describe.skipIf(skipCutOff !== null)(`package managers that a package has set up${skipped}`, () => {
  let root = ''
  let mirror: NpmMirror
  let environments: Environments
  /** Something that listens only for this machine, and how often it was reached. */
  let local: Server
  let reached = 0
  let target: Target

  beforeAll(async () => {
    await builtProject()
    root = await mkdtemp(join(tmpdir(), 'vitrine-package-managers-'))
    await chmod(root, 0o711)
    local = createServer((connection) => {
      reached += 1
      connection.on('error', () => undefined).end()
    }).listen(0, '127.0.0.1')
    await once(local, 'listening')
    target = {
      secret: join(root, 'secrets', 'sealing.key'),
      port: portOf(local),
      outside: join(root, 'outside'),
    }
    await mkdir(dirname(target.secret))
    await writeFile(target.secret, secret, { mode: 0o600 })
    mirror = await startNpmMirror(mirrored)
    const commandEnv = { PATH: '/usr/bin:/bin', NPM_CONFIG_GLOBALCONFIG: mirror.settingsFile }
    const network = proxiedNetwork({
      policy: 'registries',
      furtherHosts: [],
      folder: root,
      node: process.execPath,
      relay: join(projectFolder, 'dist', 'runtimes', 'node', 'build-relay.cjs'),
      env: async () => commandEnv,
    })
    environments = environmentsAt(join(root, 'environments'), {
      pythons: ['/usr/bin/python3'],
      commandEnv,
      network,
    })
  }, longTest)
  afterAll(async () => {
    await mirror?.close()
    local?.close()
    await rm(root, { recursive: true, force: true })
  }, 180_000)

  /** Builds the environment of a package. Returns what went wrong, if something did, and all that was told. */
  async function build(id: string, files: PackageFiles): Promise<{ failure: string | null; told: string }> {
    const folder = join(root, `package-${id}`)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const lines: string[] = []
    const request = { ...requestFor(folder, manifest), log: (line: string) => void lines.push(line) }
    const failure = await environments.prepare(request).then(
      () => null,
      (error: unknown) => JSON.stringify(error),
    )
    return { failure, told: `${lines.join('\n')}\n${failure ?? ''}` }
  }

  /** What code of builds noted, in the folders of the environments. */
  async function notes(): Promise<string[]> {
    const folder = join(root, 'environments')
    const files = existsSync(folder) ? await readdir(folder, { recursive: true }) : []
    return files.filter((file) => basename(file) === 'tries.json').map((file) => join(folder, file))
  }

  /** Nothing was reached, written or read, whatever became of the build. */
  function expectWalls(told: string): void {
    expect([reached, existsSync(target.outside)]).toEqual([0, false])
    expect(told).not.toContain(secret)
  }

  const names = { port: 1, secret: '/secret', outside: '/outside' }
  test.each(withCode(names).map(([name, isRun], index) => [name, isRun, index] as const))(
    'run its code in the sandbox of the build, or not at all (%s, run: %s)',
    async (id, isRun, index) => {
      const before = await notes()
      const { failure, told } = await build(id, withCode(target)[index]?.[2] ?? {})
      expectWalls(told)
      expect(failure).toBe(null)
      const found = (await notes()).filter((note) => !before.includes(note))
      const tries = await Promise.all(found.map((note) => readFile(note, 'utf8')))
      // The temporary folder of a sandbox is its own, so what is written there reaches nobody.
      const outcome = {
        read: 'failed: ENOENT',
        reached: expect.stringMatching(/^failed/),
        wrote: expect.any(String),
      }
      expect(tries.map((text) => noted.parse(JSON.parse(text)))).toEqual(isRun ? [outcome] : [])
    },
    longTest,
  )

  test.each(withAddresses(names).map(([name], index) => [name, index] as const))(
    'reach no port of the machine and read no file that it names (%s)',
    async (id, index) => {
      const { told } = await build(id, withAddresses(target)[index]?.[1] ?? {})
      expectWalls(told)
    },
    longTest,
  )
})
