import { chmod, lstat, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { hostileNodePackage } from './build.package.ts'
import { hostileShell, runInside } from './shell.package.ts'

/** What root must not be led to in folders of services and builds. */
export function foreignFolderCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient
  let outside = ''

  beforeAll(async () => {
    ;({ platform, admin } = world())
    outside = await mkdtemp(join(tmpdir(), 'vitrine-outside-'))
  })
  afterAll(() => rm(outside, { recursive: true, force: true }))

  test('gives no folder away for which a service put a link in place of its own', async () => {
    await admin.publish('linking', hostileShell)
    const target = join(platform.dataFolder, 'gateway')
    // Before the next instance of the service is added, both its folders are replaced, where that is possible.
    const replace = `for folder in "$HOME" "$VITRINE_MEDIA_DIR"; do
      rm -rf "$folder" "$folder.old"; mv "$folder" "$folder.old"; ln -sfn ${target} "$folder"; done; true`
    await runInside(admin, 'linking', replace)
    await admin.change('linking', { limits: { memory_mb: 512 } })
    expect(await stat(target)).toMatchObject({ uid: platform.uid })
  })

  test('does not write through links of a build, and takes its result without special files and rights', async () => {
    await chmod(outside, 0o755)
    const victim = join(outside, 'victim')
    await writeFile(victim, 'kept')
    const hostile = [
      `ln -sf ${victim} .complete`,
      `ln -sf ${victim} complete`,
      `ln -sf ${victim} ../complete || true`,
      'cp /bin/sh ./suid && chmod 4755 ./suid',
      'mkfifo ./fifo',
      'chmod 777 .',
    ].join('; ')
    await admin.publish('building', hostileNodePackage(hostile))
    expect(await readFile(victim, 'utf8')).toBe('kept')

    const release = join(platform.dataFolder, 'services', 'building', 'releases', '1')
    const content = dirname(await readlink(join(release, 'node_modules')))
    expect(await readdir(content)).not.toContain('fifo')
    const [folder, suid, link] = await Promise.all(
      ['.', 'suid', '.complete'].map((name) => lstat(join(content, name))),
    )
    expect([folder?.uid, suid?.uid, link?.uid]).toEqual([platform.uid, platform.uid, platform.uid])
    expect((folder?.mode ?? 0) & 0o022).toBe(0)
    expect((suid?.mode ?? 0) & 0o6000).toBe(0)
  })

  test('deletes nothing outside when a service is deleted', async () => {
    await admin.publish('deleted', hostileShell)
    const kept = join(outside, 'kept')
    await writeFile(kept, 'kept')
    await chmod(outside, 0o755)
    await runInside(admin, 'deleted', `mkdir -p "$HOME/a" && ln -s ${outside} "$HOME/a/b"`)
    await admin.deleteService('deleted')
    expect(await readFile(kept, 'utf8')).toBe('kept')
  })
}
