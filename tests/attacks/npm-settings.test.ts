import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { environmentsAt, requestFor } from '../../apps/server/src/modules/environments/request.test-setup.ts'
import { completeManifest } from '../../apps/server/src/modules/releases/releases.test-world.ts'
import { skipSandbox } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { hostileNodePackage } from './build.package.ts'

const skipped = skipSandbox === null ? '' : ` (skipped: ${skipSandbox})`

/** Every build here has the platform's own account, as where an ordinary user started it, so only the sandbox keeps it from anything. */
describe.skipIf(skipSandbox !== null)(`npm’s settings in a package${skipped}`, () => {
  let root = ''
  /** A file as `secrets/` of the platform has them. */
  let secret = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vitrine-npm-settings-'))
    await chmod(root, 0o711)
    secret = join(root, 'data', 'secrets', 'sealing.key')
    await mkdir(dirname(secret), { recursive: true })
    await writeFile(secret, 'the key of all secrets', { mode: 0o600 })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  /** What the install script of a package with this `.npmrc` reads of the platform's secret. */
  async function readWith(settings: string, commandEnv: Record<string, string> = {}): Promise<string> {
    const folder = join(root, 'package')
    const script = `cat ${secret} > seen 2> /dev/null || echo nothing > seen`
    const files = { ...hostileNodePackage(script), '.npmrc': settings }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const environments = environmentsAt(join(root, 'environments'), {
      pythons: ['/usr/bin/python3'],
      commandEnv,
    })
    const manifest = completeManifest({ runtime: 'node', entry: 'index.js' })
    const environment = await environments.prepare(requestFor(folder, manifest))
    return (await readFile(join(environment?.built ?? '', 'seen'), 'utf8')).trim()
  }

  test('open no file of the machine to the build', async () => {
    expect(await readWith(`cafile=${secret}\n`)).toBe('nothing')
  }, 120_000)

  test('of the machine still do', async () => {
    const settings = join(root, 'npmrc')
    await writeFile(settings, `cafile=${secret}\n`)
    const read = await readWith('', { NPM_CONFIG_GLOBALCONFIG: settings })
    expect(read).toBe('the key of all secrets')
  }, 120_000)
})
