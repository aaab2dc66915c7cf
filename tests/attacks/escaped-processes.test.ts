import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { livingAccounts } from '../../apps/server/src/lib/end-account.ts'
import { identify } from '../../apps/server/src/lib/procfs/process-identity.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { gatewayBeside } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { hostileNodePackage } from './build.package.ts'
import { hostileShell, runInside, uidOf } from './shell.package.ts'

/** Starts a process that has another session, no parent and no environment, and prints its pid. */
const escape = "setsid sh -c 'env -i sleep 600 >/dev/null 2>&1 & echo $!'"
/** The same, but it keeps the output of its starter open. */
const escapeWithOutput = "setsid sh -c 'env -i sleep 600 & echo $! >&3' 3>"

describeAsRoot('a process that leaves its session', () =>
  describeRunners('on a platform that root started', (runner) => {
    let platform: TestPlatform
    let admin: ApiClient
    let work = ''

    beforeAll(async () => {
      // Accounts must be a wall of their own, also where there is no sandbox.
      platform = await startPlatform({
        runner,
        environment: { VITRINE_SANDBOX: 'off', VITRINE_GATEWAY: gatewayBeside(runner) },
      })
      admin = await platform.admin()
      work = await mkdtemp(join(tmpdir(), 'vitrine-escaped-'))
    })
    afterAll(async () => {
      await platform?.dispose()
      await rm(work, { recursive: true, force: true })
    })

    test('ends when its service is stopped, and one of a service that runs does not', async () => {
      for (const id of ['stopped', 'running']) await admin.publish(id, hostileShell)
      const pids = await Promise.all(
        ['stopped', 'running'].map(async (id) => Number((await runInside(admin, id, escape)).out)),
      )
      expect(await Promise.all(pids.map(identify))).not.toContain(null)
      await admin.operate('stop', 'stopped')
      const [stopped, running] = await Promise.all(pids.map(identify))
      expect(stopped).toBeNull()
      expect(running).not.toBeNull()
    })

    test('ends when its service is deleted, and nothing of the account is left', async () => {
      await admin.publish('deleted', hostileShell)
      const pid = Number((await runInside(admin, 'deleted', escape)).out)
      const uid = await uidOf(admin, 'deleted')
      await admin.deleteService('deleted')
      expect(await identify(pid)).toBeNull()
      expect(livingAccounts().has(uid)).toBe(false)
    })

    test('ends with the build of an environment that started it', async () => {
      await chmod(work, 0o755)
      const open = join(work, 'open')
      await mkdir(open, { recursive: true })
      await chmod(open, 0o777)
      const pidFile = join(open, 'pid')
      await admin.publish('built', hostileNodePackage(`${escapeWithOutput}${pidFile}`))
      const pid = Number(await readFile(pidFile, 'utf8'))
      expect(pid).toBeGreaterThan(0)
      expect(await identify(pid)).toBeNull()
    })
  }),
)
