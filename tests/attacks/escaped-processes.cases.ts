import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { livingAccounts } from '../../apps/server/src/lib/end-account.ts'
import { identify } from '../../apps/server/src/lib/procfs/process-identity.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { hostileNodePackage } from './build.package.ts'
import { hostileShell, runInside, uidOf } from './shell.package.ts'

/** Starts a process that has another session, no parent and no environment, and prints its pid. */
const escape = "setsid sh -c 'env -i sleep 600 >/dev/null 2>&1 & echo $!'"
/** The same, but it keeps the output of its starter open. */
const escapeWithOutput = "setsid sh -c 'env -i sleep 600 & echo $! >&3' 3>"

/** What becomes of processes that an algorithm or a build hides. */
export function escapedProcessCases(world: InWorld): void {
  let admin: ApiClient
  let work = ''

  beforeAll(async () => {
    ;({ admin } = world())
    work = await mkdtemp(join(tmpdir(), 'vitrine-escaped-'))
  })
  afterAll(() => rm(work, { recursive: true, force: true }))

  test('ends when its service is stopped, and one of a service that runs does not', async () => {
    await admin.publish('stopped', hostileShell)
    const pids = await Promise.all(
      ['stopped', 'victim'].map(async (id) => Number((await runInside(admin, id, escape)).out)),
    )
    expect(await Promise.all(pids.map(identify))).not.toContain(null)
    await admin.operate('stop', 'stopped')
    const [stopped, running] = await Promise.all(pids.map(identify))
    expect(stopped).toBeNull()
    expect(running).not.toBeNull()
  })

  test('ends when its service is deleted, and nothing of the account is left', async () => {
    await admin.publish('escaping', hostileShell)
    const pid = Number((await runInside(admin, 'escaping', escape)).out)
    const uid = await uidOf(admin, 'escaping')
    await admin.deleteService('escaping')
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
}
