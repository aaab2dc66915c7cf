import { chmod, copyFile, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  chooseEnforcement,
  holds,
} from '../../apps/server/src/adapters/process-runner/resource-limits/enforcement.ts'
import {
  cgroupMounts,
  examineMachine,
  ownGroup,
} from '../../apps/server/src/adapters/process-runner/resource-limits/machine.ts'
import { platformOf } from '../../apps/server/src/lib/account-block.ts'
import { ifThere } from '../../apps/server/src/lib/if-there.ts'
import { readStatus } from '../../apps/server/src/lib/procfs/process-status.ts'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'
import { host, hostWalls } from '@vitrine/contract'
import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { projectFolder } from '../support/built-project.ts'
import { gatewayBeside } from '../support/gateways.ts'
import { mainProcesses, processesOf } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { tryEverything, type Outcomes } from './control-plane.attempts.ts'

const hasAccount = (await findSystemUser(['vitrine-db'])) !== null
const why = hasAccount ? '' : ' (skipped: there is no account vitrine-db)'
const hierarchies = chooseEnforcement(await examineMachine())
const noGroups = hierarchies.length > 0 ? '' : ' (skipped: this machine lets us make no cgroups)'
/** The cgroups of a process that root has given to the platform, or that are below them. */
async function groupsOf(pid: number): Promise<string[]> {
  const [mountinfo, groups] = await Promise.all(
    ['/proc/self/mountinfo', `/proc/${pid}/cgroup`].map((file) => readFile(file, 'utf8')),
  )
  const found = cgroupMounts(mountinfo ?? '').flatMap((mount) => ownGroup(mount, groups ?? '') ?? [])
  return [...new Set(found.filter((group) => group.includes('/vitrine-given-')))]
}
const block = z.object({ first: z.number(), size: z.number() })

describe.skipIf(!hasAccount)(`with VITRINE_ROOT=drop${why}`, () =>
  describeAsRoot('a control plane that has been taken over', () =>
    describeRunners('on a platform that root started', (runner) => {
      let platform: TestPlatform
      let admin: ApiClient
      let own: z.output<typeof block>
      let trapFolder: string
      let outcomes: Outcomes

      beforeAll(async () => {
        platform = await startPlatform({
          runner,
          database: 'own',
          environment: {
            VITRINE_ROOT: 'drop',
            VITRINE_CEILING_CPU: '0.75',
            VITRINE_GATEWAY: gatewayBeside(runner),
          },
        })
        admin = await platform.admin()
        await admin.publish('steady', echo())
        own = block.parse(JSON.parse(await readFile(join(platform.dataFolder, 'accounts.json'), 'utf8')))
        trapFolder = await mkdtemp(join(tmpdir(), 'vitrine-trap-'))
        await chmod(trapFolder, 0o755)
        const trap = join(trapFolder, 'cat')
        await copyFile('/usr/bin/cat', trap)
        await chmod(trap, 0o4755)
        outcomes = await tryEverything(platform.command, {
          cwd: platform.dataFolder,
          others: process.pid,
          member: own.first,
          trap,
          program: join(projectFolder, 'dist', 'server', 'main.js'),
          groups: await groupsOf(platform.pid),
        })
      })
      afterAll(async () => {
        await platform?.dispose()
        if (trapFolder) await rm(trapFolder, { recursive: true, force: true })
      })

      test('can do what the platform does', () => {
        expect(outcomes).toMatchObject({
          'become a number of its own': 'done',
          'write its own file': 'done',
        })
      })

      const refused = ['EACCES', 'EPERM', 'EINVAL', 'refused']
      const isOfGroups = (name: string) => name.startsWith('cgroup: ')

      test('can do nothing that only root can', () => {
        const others = Object.entries(outcomes).filter(([name]) => !name.includes('its own file'))
        const tried = others.filter(([name]) => name !== 'become a number of its own' && !isOfGroups(name))
        expect(tried.length).toBe(14)
        for (const [name, outcome] of tried) expect(refused, `${name}: ${outcome}`).toContain(outcome)
      })

      test.skipIf(hierarchies.length === 0)(
        `cannot leave its cgroups, lift their limits or take others into them${noGroups}`,
        async () => {
          const groups = await groupsOf(platform.pid)
          expect(groups.length).toBe(new Set(hierarchies.map(({ folder }) => folder)).size)
          for (const group of groups)
            expect(
              Object.keys(outcomes).filter((name) => isOfGroups(name) && name.includes(group)).length,
            ).toBeGreaterThanOrEqual(3)
          for (const [name, outcome] of Object.entries(outcomes).filter(([one]) => isOfGroups(one)))
            expect(refused, `${name}: ${outcome}`).toContain(outcome)
        },
      )

      test.skipIf(!holds(hierarchies, 'cpu'))(
        `holds its services to their processor time by the kernel${noGroups}`,
        async () => {
          const [main] = await mainProcesses(platform.dataFolder, 'steady-r1-1')
          const quotas = await Promise.all(
            (await groupsOf(main?.pid ?? 0)).map(
              async (group) =>
                (await ifThere(readFile(join(group, 'cpu.cfs_quota_us'), 'utf8'))) ??
                ifThere(readFile(join(group, 'cpu.max'), 'utf8')),
            ),
          )
          expect(quotas.filter((quota) => quota !== null).map((quota) => Number.parseInt(quota, 10))).toEqual(
            [75_000],
          )
          const { limits } = await admin.get('/host', host)
          expect(limits.find(({ resource }) => resource === 'cpu')?.by).toBe('cgroup')
        },
      )

      test('leaves no part of the platform to root', async () => {
        expect(readStatus(platform.pid)?.account.uid).toBe(platformOf(own))
        const parts = await processesOf(platform.dataFolder)
        expect(parts.length).toBeGreaterThanOrEqual(4)
        const ofRoot = parts.filter(({ pid }) => readStatus(pid)?.account.uid === 0)
        expect(ofRoot).toEqual([])
      })

      test('says so on the page of the walls', async () => {
        const { walls } = await admin.get('/host/walls', hostWalls)
        const wall = walls.find(({ name }) => name === 'control_plane')
        expect(wall).toMatchObject({ state: 'stands', gaps: [] })
      })

      test('is started again after it was killed, and finds its services as they were', async () => {
        const before = await mainProcesses(platform.dataFolder, 'steady-r1-1')
        await platform.end('SIGKILL')
        await platform.start()
        expect(await mainProcesses(platform.dataFolder, 'steady-r1-1')).toEqual(before)
        expect(before.length).toBe(1)
        expect((await (await platform.admin()).predict('steady', ['x'])).status).toBe(200)
      })

      test('keeps what Node compiled of it where no service can write', async () => {
        // It is written when it ends by itself.
        await platform.end('SIGTERM')
        const folder = join(platform.dataFolder, 'compiled')
        const all = await readdir(folder, { recursive: true, withFileTypes: true })
        const paths = [folder, ...all.map(({ parentPath, name }) => join(parentPath, name))]
        expect(all.some((entry) => entry.isFile())).toBe(true)
        for (const path of paths) {
          const { uid, gid, mode } = await lstat(path)
          expect([uid, gid, mode & 0o022], path).toEqual([platformOf(own), platformOf(own), 0])
        }
      })
    }),
  ),
)
