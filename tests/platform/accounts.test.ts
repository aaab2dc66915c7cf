import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostileShell, runInside, uidOf } from '../attacks/shell.package.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'

describeAsRoot('the accounts of services', () =>
  describeRunners('on a platform that root started', (runner) => {
    let platform: TestPlatform
    beforeAll(async () => {
      // A platform that is not root has its numbers from root, and none of its own folder.
      platform = await startPlatform({ runner, environment: { VITRINE_ROOT: 'keep' } })
    })
    afterAll(() => platform?.dispose())

    const ownersOf = (id: string) =>
      Promise.all(
        ['work', 'media'].map(async (name) => {
          const { uid, mode } = await lstat(join(platform.dataFolder, 'services', id, name))
          return { uid, mode: mode & 0o777 }
        }),
      )
    const mainPid = async (id: string) => (await instanceProcesses(platform.dataFolder, id))[0]?.pid

    test('are kept when the control plane starts again, and the process goes on', async () => {
      const admin = await platform.admin()
      await admin.publish('kept', hostileShell)
      const [uid, pid] = [await uidOf(admin, 'kept'), await mainPid('kept-r1-1')]
      await platform.end('SIGTERM')
      await platform.start()
      const again = await platform.admin()
      expect(await uidOf(again, 'kept')).toBe(uid)
      expect(await mainPid('kept-r1-1')).toBe(pid)
    })

    test('change with their folders and running instances, if the data folder has other numbers', async () => {
      const admin = await platform.admin()
      await admin.publish('moved', hostileShell)
      const before = await uidOf(admin, 'moved')
      await runInside(admin, 'moved', 'echo mine > "$HOME/mine"')
      await platform.end('SIGTERM')
      // As in a data folder that was copied without it.
      await rm(join(platform.dataFolder, 'accounts.json'))
      await platform.start()
      const again = await platform.admin()
      await expect
        .poll(async () => (await again.service('moved')).status, { timeout: 60_000 })
        .toBe('RUNNING')
      await expect.poll(() => uidOf(again, 'moved').catch(() => before)).not.toBe(before)
      const uid = await uidOf(again, 'moved')
      expect(await ownersOf('moved')).toEqual([
        { uid, mode: 0o700 },
        { uid, mode: 0o700 },
      ])
      expect((await runInside(again, 'moved', 'cat "$HOME/mine" && echo more >> "$HOME/mine"')).code).toBe(0)
    })
  }),
)
