import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline, pushRule } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { gitClient } from '../../apps/server/src/modules/git-host/git-client.test-setup.ts'
import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const longTest = 240_000
/** So many files that the control plane is still recognising them when it is killed. */
const manyFiles = 2_000
const pipelines = z.object({ items: z.array(pipeline) })
let platform: TestPlatform
let admin: ApiClient
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vitrine-killed-push-'))
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('pushed', echo('first'))
}, 240_000)
afterAll(async () => {
  await platform?.dispose()
  await rm(home, { recursive: true, force: true })
}, 120_000)

test(
  'a push that git has when the control plane is killed is deployed by the next one',
  async () => {
    const change = { enabled: true, test: { command: null, timeout_s: 60 } }
    await admin.call('PUT', '/services/pushed/push-deploy', pushRule, { json: change })
    const key = { name: 'git', scopes: ['deploy'] }
    const made = await admin.post('/api-keys', z.object({ key: z.string() }), key)
    const clone = join(home, 'clone')
    const run = gitClient(home)
    const git = async (...args: string[]) => {
      const { ok, output } = await run(args, clone)
      if (!ok) throw new Error(output)
      return output.trim()
    }
    await mkdir(clone)
    const address = `${platform.origin.replace('://', `://any:${made.key}@`)}/git/pushed.git`
    await git('clone', '--quiet', address, '.')
    await mkdir(join(clone, 'many'))
    for (const [name, content] of Object.entries(echo('second'))) await writeFile(join(clone, name), content)
    for (let n = 0; n < manyFiles; n += 1) await writeFile(join(clone, 'many', `${n}.txt`), `${n}\n`)
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'second')
    const commit = await git('rev-parse', 'HEAD')

    const branch = join(platform.dataFolder, 'repositories', 'pushed.git', 'refs', 'heads', 'main')
    const hasCommit = async () => (await readFile(branch, 'utf8').catch(() => '')).trim() === commit
    const pushing = run(['push', 'origin', 'HEAD:main'], clone)
    expect(await waitFor(hasCommit, { timeoutMs: patienceMs, everyMs: 2 })).toBe(true)
    await platform.end('SIGKILL')
    expect(await pushing).toMatchObject({ ok: false })
    await platform.start()

    // Git has it, so it sends nothing again.
    expect(await git('push', 'origin', 'HEAD:main')).toContain('Everything up-to-date')
    const deployed = await waitFor(
      async () => {
        const { items } = await admin.get('/pipelines?service_id=pushed', pipelines)
        return items.find((one) => one.commit === commit && one.state === 'succeeded')
      },
      { timeoutMs: 120_000, everyMs: 250 },
    )
    expect(deployed).toMatchObject({ version: 2 })
    expect(await (await admin.predict('pushed', ['x'])).text()).toContain('second:x')
  },
  longTest,
)
