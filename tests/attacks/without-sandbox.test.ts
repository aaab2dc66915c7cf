import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { host } from '@vitrine/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { skipSandbox } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { gatewayBeside } from '../support/gateways.ts'
import { describeRunners } from '../support/runners.ts'
import { sharedPlatform } from '../support/shared-platform.ts'
import { escapedProcessCases } from './escaped-processes.cases.ts'
import { foreignFolderCases } from './foreign-folders.cases.ts'
import { instanceSocketCases } from './instance-sockets.cases.ts'
import { neighbourCases } from './neighbours.cases.ts'
import { hostileShell, runInside } from './shell.package.ts'

/** Accounts must be a wall of their own, also where there is no sandbox. All these attacks are made on one platform of each runner. */
describeAsRoot('where there is no sandbox', () =>
  describeRunners('on a platform that root started', (runner) => {
    const environment = { VITRINE_SANDBOX: 'off', VITRINE_GATEWAY: gatewayBeside(runner) }
    const world = sharedPlatform({ runner, environment })
    beforeAll(async () => {
      for (const id of ['hostile', 'victim']) await world().admin.publish(id, hostileShell)
    }, 180_000)

    describe('an algorithm beside others', () => neighbourCases(world, runner))
    describe('a process that leaves its session', () => escapedProcessCases(world))
    describe('root in folders that hostile code may write to', () => foreignFolderCases(world))
    describe('an instance that the platform’s runtime serves', () =>
      instanceSocketCases(world, gatewayBeside(runner)))

    test.skipIf(skipSandbox !== null)(
      'an algorithm reads what everybody may, and the platform says that it runs without a sandbox',
      async () => {
        const { admin, platform } = world()
        expect((await admin.get('/host', host)).sandbox).toEqual({
          state: 'off',
          said: null,
          calls: 'all',
          network: 'shared',
        })
        expect(platform.notes.join()).toContain('algorithms and builds run without a sandbox')
        const open = await mkdtemp(join(tmpdir(), 'vitrine-open-'))
        try {
          await chmod(open, 0o755)
          await writeFile(join(open, 'of-the-machine'), 'readable by everybody')
          const { out } = await runInside(admin, 'hostile', `cat ${join(open, 'of-the-machine')}`)
          expect(out).toBe('readable by everybody')
        } finally {
          await rm(open, { recursive: true, force: true })
        }
      },
    )
  }),
)
