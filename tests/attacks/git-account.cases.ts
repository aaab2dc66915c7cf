import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { hostileShell, runInside, uidOf } from './shell.package.ts'

/** With which account git runs, and what of a repository others reach. */
export function gitAccountCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient
  beforeAll(async () => {
    ;({ platform, admin } = world())
    await admin.publish('pushed-git', hostileShell)
  })

  const at = (...parts: string[]) => join(platform.dataFolder, ...parts)
  const ownersBelow = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true })
    const found = await Promise.all(entries.map(async (name) => (await lstat(join(folder, name))).uid))
    return [...new Set(found)]
  }

  /** Clones the repository over HTTP into the test's own folder, and pushes a commit. */
  async function push(): Promise<void> {
    const address = `http://admin:${admin.token}@127.0.0.1:${platform.publicPort}/git/pushed-git.git`
    const script = `set -e; git clone -q ${address} copy; cd copy; echo pushed > pushed.txt; git add -A
      git -c user.name=a -c user.email=a@b commit -qm pushed; git push -q origin HEAD:main`
    const env = { PATH: process.env.PATH ?? '', HOME: platform.dataFolder, GIT_CONFIG_NOSYSTEM: '1' }
    const ran = await runCommand({ file: 'sh', args: ['-c', script], cwd: platform.dataFolder, env })
    expect(ran.stderr.join('\n')).not.toMatch(/error|fatal/)
    expect(ran.exitCode).toBe(0)
  }

  test('reads and writes what others pushed as an account that is neither the platform’s nor a service’s', async () => {
    await push()
    const owners = await ownersBelow(at('repositories', 'pushed-git.git'))
    expect(owners).toHaveLength(1)
    expect([platform.uid, await uidOf(admin, 'pushed-git')]).not.toContain(owners[0])
    const deployed = await admin.deploy('pushed-git')
    expect(deployed.state).toBe('succeeded')
    expect((await runInside(admin, 'pushed-git', 'cat pushed.txt')).out).toBe('pushed')
  })

  test('leaves a release that belongs to the platform and that its service cannot change', async () => {
    expect(await ownersBelow(at('services', 'pushed-git', 'releases', '1'))).toEqual([platform.uid])
    expect((await runInside(admin, 'pushed-git', 'touch planted || rm -f vitrine.json')).code).not.toBe(0)
  })

  test('lets no service read a repository', async () => {
    expect(
      (await runInside(admin, 'pushed-git', `ls ${at('repositories', 'pushed-git.git')}`)).code,
    ).not.toBe(0)
  })
}
