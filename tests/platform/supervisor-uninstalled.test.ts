import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isAlive } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from '../support/patience.ts'
import { mainProcesses } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

const hasSupervisor = await access('/usr/bin/supervisord').then(
  () => true,
  () => false,
)
const missing = hasSupervisor ? '' : ' (skipped: supervisord is not installed)'

/** A folder with links to all programs of the machine, from which a program can be removed. */
async function programsIn(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const linked = new Set<string>()
  for (const from of [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/bin'])
    for (const name of await readdir(from).catch(() => [])) {
      if (linked.has(name)) continue
      linked.add(name)
      await symlink(join(from, name), join(folder, name))
    }
}

describe.skipIf(!hasSupervisor)(`supervisord that is uninstalled while it runs${missing}`, () => {
  let folder: string
  let platform: TestPlatform
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-programs-'))
    await chmod(folder, 0o755)
    await programsIn(folder)
    platform = await startPlatform({
      runner: 'supervisor',
      environment: { PATH: folder, VITRINE_RUNNER: 'auto' },
    })
  }, 180_000)
  afterAll(async () => {
    await platform?.dispose()
    await rm(folder, { recursive: true, force: true })
  }, 180_000)

  test('its services are moved to the local runner, and neither supervisord nor its processes are left', async () => {
    const admin = await platform.admin()
    expect((await admin.publish('moved', echo())).mode).toBe('supervisor')
    const [before] = (await admin.service('moved')).instances
    const record = await readFile(join(platform.dataFolder, 'run', 'supervisord.json'), 'utf8')
    const daemon = z.object({ pid: z.number(), startTime: z.string() }).parse(JSON.parse(record))
    expect(await isAlive(daemon)).toBe(true)

    await platform.end('SIGKILL')
    await rm(join(folder, 'supervisord'))
    await platform.start()
    expect(await isAlive(daemon)).toBe(false)
    const isBack = async () => (await admin.service('moved')).health === 'READY'
    expect(await waitFor(isBack, { timeoutMs: patienceMs, slowingToMs: 250 })).toBe(true)
    const { mode, instances } = await admin.service('moved')
    expect(mode).toBe('local')
    const [after] = instances
    expect([after?.id, after?.pid === before?.pid]).toEqual([before?.id, false])
    const running = await mainProcesses(platform.dataFolder, before?.id ?? '')
    expect(running.map(({ pid }) => pid)).toEqual([after?.pid])
    // The gateway learns of a returning service a moment after the API.
    const answers = async () => (await admin.predict('moved', ['x'])).status === 200
    expect(await waitFor(answers, { timeoutMs: patienceMs })).toBe(true)
  }, 120_000)
})
