import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { skipCutOff } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { portOf } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startNpmMirror, type NpmMirror } from '../support/npm-mirror.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { withAddresses, withCode, type Target } from './package-managers.package.ts'

const skipped = skipCutOff === null ? '' : ` (skipped: ${skipCutOff})`
const longTest = 300_000
const mirrored = ['ms@2.1.3', 'isarray@2.0.5', 'pnpm@10.28.2', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.12.0']

describe.skipIf(skipCutOff !== null)(`package managers that a package has set up${skipped}`, () => {
  let mirror: NpmMirror
  let platform: TestPlatform
  let admin: ApiClient
  /** Something that listens only for this machine, and how often it was reached. */
  let local: Server
  let reached = 0
  let target: Target
  let secret = ''

  beforeAll(async () => {
    local = createServer((connection) => {
      reached += 1
      connection.on('error', () => undefined).end()
    }).listen(0, '127.0.0.1')
    await once(local, 'listening')
    mirror = await startNpmMirror(mirrored)
    platform = await startPlatform({ environment: { NPM_CONFIG_GLOBALCONFIG: mirror.settingsFile } })
    admin = await platform.admin()
    const secrets = join(platform.dataFolder, 'secrets')
    const [file = ''] = await readdir(secrets)
    target = {
      secret: join(secrets, file),
      port: portOf(local),
      outside: join(tmpdir(), `vitrine-outside-${process.pid}`),
    }
    secret = await readFile(target.secret, 'utf8')
    expect(secret.length).toBeGreaterThan(20)
  }, longTest)
  afterAll(async () => {
    await platform?.dispose()
    await mirror?.close()
    local?.close()
    await rm(target.outside, { recursive: true, force: true })
  }, 180_000)

  /** What code of builds noted, in the folders of the environments. */
  async function notes(): Promise<string[]> {
    const folder = join(platform.dataFolder, 'environments')
    const files = await readdir(folder, { recursive: true }).catch(() => [])
    return files.filter((file) => basename(file) === 'tries.json').map((file) => join(folder, file))
  }
  const deploy = async (id: string, files: PackageFiles) => {
    await admin.upload(files, { algorithm_id: id })
    return admin.deploy(id)
  }
  const logOf = (id: string) => readFile(join(platform.dataFolder, 'services', id, 'builds', '1.log'), 'utf8')

  /** Nothing was reached, written or read, whatever became of the deploy. */
  async function expectWalls(id: string): Promise<void> {
    expect(reached).toBe(0)
    expect(existsSync(target.outside)).toBe(false)
    expect(await logOf(id)).not.toContain(secret.trim())
  }

  const names = { port: 1, secret: '/secret', outside: '/outside' }
  test.each(withCode(names).map(([name, isRun], index) => [name, isRun, index] as const))(
    'run its code only within the sandbox of the build, or not at all (%s, run: %s)',
    async (id, isRun, index) => {
      const files = withCode(target)[index]?.[2] ?? {}
      const before = await notes()
      expect(await deploy(id, files)).toMatchObject({ state: 'succeeded' })
      await expectWalls(id)
      const found = (await notes()).filter((note) => !before.includes(note))
      const tries = await Promise.all(found.map((note) => readFile(note, 'utf8')))
      const outcome = {
        read: 'failed: ENOENT',
        reached: expect.stringMatching(/^failed/),
        wrote: expect.anything(),
      }
      expect(tries.map((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)))).toEqual(
        isRun ? [outcome] : [],
      )
    },
    longTest,
  )

  test.each(withAddresses(names).map(([name], index) => [name, index] as const))(
    'reach no port of the machine and read no file of the platform that it names (%s)',
    async (id, index) => {
      const ended = await deploy(id, withAddresses(target)[index]?.[1] ?? {})
      await expectWalls(id)
      expect(JSON.stringify(ended)).not.toContain(secret.trim())
    },
    longTest,
  )
})
