import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { service } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { broken } from '../platform/packages.ts'
import { RefusedError, type PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { hostileNodePackage } from './build.package.ts'

/** One person stores as much as they can get. What they own has a bound, however they come by it. */

let platform: TestPlatform

beforeAll(async () => {
  platform = await startPlatform({
    environment: {
      VITRINE_QUOTA_ALGORITHMS: '6',
      VITRINE_QUOTA_SERVICES: '5',
      VITRINE_CEILING_DISK_MB: '64',
      VITRINE_CEILING_BUILD_DISK_MB: '64',
    },
  })
  await platform.admin()
}, 240_000)
afterAll(() => platform?.dispose(), 120_000)

test('algorithms and services of one person are bounded, however many are sent at once and whether they work or not', async () => {
  const collector = await platform.person('collector', 'user')
  const codeOf = (error: unknown) => {
    if (error instanceof RefusedError) return error.code
    throw error
  }
  const outcomes = async (work: (id: string) => Promise<unknown>, count: number) => {
    const ids = Array.from({ length: count }, (_unused, n) => `collected-${n}`)
    const said = await Promise.all(ids.map((id) => work(id).then(() => `${id} stored`, codeOf)))
    return said.toSorted()
  }
  const upload = (algorithm_id: string) => collector.upload(broken, { algorithm_id })
  const uploads = await outcomes(upload, 8)
  const stored = uploads.flatMap((one) => (one.endsWith(' stored') ? [one.split(' ')[0] ?? ''] : []))
  expect(stored.length).toBe(6)
  expect(uploads.filter((one) => one === 'quota.algorithms').length).toBe(2)

  const tasks: string[] = []
  const deploy = async (id: string) =>
    tasks.push(await collector.beginDeploy(stored[Number(id.at(-1))] ?? ''))
  const deploys = await outcomes(deploy, 6)
  expect(deploys.filter((one) => one === 'quota.services').length).toBe(1)
  for (const id of tasks) expect((await collector.taskEnd(id)).state).toBe('failed')
  // A failed one counts until it is deleted. Another deploy of an own service needs no room.
  await expect(outcomes(deploy, 6)).resolves.toContain('quota.services')
  for (const id of tasks) await collector.taskEnd(id)
  const { items } = await collector.get('/services?page_size=500', z.object({ items: z.array(service) }))
  const mine = items.find(({ id }) => stored.includes(id))?.id ?? ''
  await collector.deleteService(mine)
  expect((await collector.request('DELETE', `/algorithms/${mine}`)).status).toBe(204)
  expect((await upload('collected-again')).algorithm.id).toBe('collected-again')
  expect((await collector.taskEnd(await collector.beginDeploy('collected-again'))).state).toBe('failed')
}, 240_000)

test('a service that fills its folder is stopped, says why, and does not start again', async () => {
  // As root, the platform sees through what a service closes to itself.
  const mode = process.getuid?.() === 0 ? '0' : '0o700'
  const files: PackageFiles = {
    'ai_algorithm.py': [
      'import os',
      '',
      'class Algorithm:',
      '    def predict(self, input_data, **parameters):',
      '        folder = os.path.join(os.environ["HOME"], "filled")',
      '        os.mkdir(folder)',
      '        with open(os.path.join(folder, "data"), "wb") as file:',
      '            file.write(b"x" * 80_000_000)',
      `        os.chmod(folder, ${mode})`,
      '        return ["filled"]',
      '',
    ].join('\n'),
  }
  const greedy = await platform.person('filler', 'user')
  await greedy.publish('filler', files)
  expect(await (await greedy.predict('filler', ['a'])).text()).toContain('filled')
  const stopped = async () => {
    const { status, reason } = await greedy.service('filler')
    return status === 'STOPPED' && (reason ?? '').includes('超过上限 64 MB')
  }
  expect(await waitFor(stopped, { timeoutMs: 90_000, everyMs: 500 })).toBe(true)
  const again = await greedy.operate('start', 'filler')
  expect([again.state, again.error?.code]).toEqual(['failed', 'service.start_failed'])
  expect(again.error?.message).toContain('超过上限 64 MB')
  expect((await greedy.service('filler')).status).toBe('STOPPED')
}, 180_000)

test('a build that fills the disk is ended, says why, and leaves nothing', async () => {
  const greedy = await platform.person('builder', 'user')
  // It would hold the disk for longer than the test waits.
  const fill = 'head -c 80000000 /dev/zero > filled; sleep 600'
  await greedy.upload(hostileNodePackage(fill), { algorithm_id: 'built' })
  const ended = await greedy.deploy('built')
  expect([ended.state, ended.error?.code]).toEqual(['failed', 'deploy.environment_failed'])
  expect(ended.error?.message).toContain('超过上限 64 MB')
  const left = await readdir(join(platform.dataFolder, 'environments'), { recursive: true })
  expect(left.filter((path) => path.endsWith('filled'))).toEqual([])
}, 180_000)
