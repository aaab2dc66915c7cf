import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chooseEnforcement,
  holds,
} from '../../apps/server/src/adapters/process-runner/resource-limits/enforcement.ts'
import {
  cgroupMounts,
  examineMachine,
  ownGroup,
} from '../../apps/server/src/adapters/process-runner/resource-limits/machine.ts'
import { ifThere } from '../../apps/server/src/lib/if-there.ts'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { hostileNodePackage } from './build.package.ts'

const hierarchies = chooseEnforcement(await examineMachine())
const isHeld = holds(hierarchies, 'memory') && holds(hierarchies, 'pids')
const skipped = isHeld ? '' : ' (skipped: this machine lets us make no cgroups)'
const mebibytes = 300

describe.skipIf(!isHeld)(`the build of an environment that takes what it can${skipped}`, () => {
  let platform: TestPlatform
  let admin: ApiClient
  beforeAll(async () => {
    platform = await startPlatform({
      environment: {
        VITRINE_CEILING_MEMORY_MB: String(mebibytes),
        VITRINE_CEILING_PROCESSES: '200',
      },
    })
    admin = await platform.admin()
  })
  afterAll(() => platform?.dispose())

  const build = async (id: string, preinstall: string) => {
    await admin.upload(hostileNodePackage(preinstall), { algorithm_id: id })
    return admin.deploy(id)
  }

  test('is ended by the kernel at the ceiling of an instance for memory, and its deploy says so', async () => {
    const take = `node -e 'const all = []; for (let i = 0; i < 2 * ${mebibytes}; i++) all.push(Buffer.alloc(2 ** 20, 1))'`
    const ended = await build('hungry', take)
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'deploy.environment_failed' } })
  })

  test('starts no more processes than the ceiling, and the next build is not affected', async () => {
    const many = 'i=0; while [ $i -lt 400 ]; do sleep 60 & i=$((i+1)); done; jobs -p | wc -l'
    expect(await build('many', many)).toMatchObject({ state: 'failed' })
    expect(await build('modest', 'true')).toMatchObject({ state: 'succeeded' })
  })

  test('leaves no group of its own behind, and no other group after the platform', async () => {
    expect(await build('last', 'cp /proc/self/cgroup groups')).toMatchObject({ state: 'succeeded' })
    const release = join(platform.dataFolder, 'services', 'last', 'releases', '1')
    const content = dirname(await readlink(join(release, 'node_modules')))
    const told = await readFile(join(content, 'groups'), 'utf8')
    const mounts = cgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'))
    const own = mounts.flatMap((mount) => ownGroup(mount, told) ?? [])
    // Those of the job are below the runner's.
    const groups = [...new Set(own.filter((group) => basename(group).startsWith('node-')).map(dirname))]
    // A hierarchy without a limit has none.
    const inside = await Promise.all(groups.map((group) => ifThere(readdir(group, { withFileTypes: true }))))
    const entries = inside
      .filter((one) => one !== null)
      .map((one) => one.filter((entry) => entry.isDirectory()))
    expect(entries).not.toEqual([])
    expect(entries.flat()).toEqual([])
    await platform.end('SIGTERM')
    for (const group of groups) expect(await pathExists(group), group).toBe(false)
  })
})
