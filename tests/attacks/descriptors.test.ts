import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { hostileNodePackage } from './build.package.ts'
import { hostileShell, runInside } from './shell.package.ts'

/** Starts a command with a file open for writing, as a shell may have one. Node closes only low numbers by itself. */
const withOpenFile = (path: string) => ['/bin/bash', '-c', 'exec 251>>"$0"; exec "$@"', path]

describeRunners('a platform whose starter has a file open', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient
  let folder = ''
  let ofStarter = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-descriptors-'))
    ofStarter = join(folder, 'of-the-starter')
    await writeFile(ofStarter, '')
    platform = await startPlatform({ runner, starter: withOpenFile(ofStarter) })
    admin = await platform.admin()
  })
  afterAll(async () => {
    await platform?.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  describe('gives it', () => {
    test('to no algorithm', async () => {
      await admin.publish('hostile', hostileShell)
      // The parent of the shell is the server of the package, which has what it was started with.
      const { out } = await runInside(admin, 'hostile', 'ls -l /proc/$PPID/fd')
      expect(out).toContain('0 -> ')
      expect(out).not.toContain('251 -> ')
      expect(out).not.toContain(ofStarter)
    })

    test('to no build', async () => {
      const list = hostileNodePackage('ls -l /proc/self/fd > descriptors')
      await admin.upload(list, { algorithm_id: 'built' })
      expect(await admin.deploy('built')).toMatchObject({ state: 'succeeded' })
      const release = join(platform.dataFolder, 'services', 'built', 'releases', '1')
      const content = dirname(await readlink(join(release, 'node_modules')))
      const seen = await readFile(join(content, 'descriptors'), 'utf8')
      expect(seen).toContain('0 -> ')
      expect(seen).not.toContain('251 -> ')
    })
  })
})
