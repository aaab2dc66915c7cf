import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { echo, pythonPackage } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import type { RunnerKind, TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { runInside, uidOf } from './shell.package.ts'

const ordinaryAccount = { uid: 65_534, gid: 65_534 }

/** What an algorithm may not do to those beside it. */
export function neighbourCases(world: InWorld, runner: RunnerKind): void {
  let platform: TestPlatform
  let admin: ApiClient
  let victimPid = 0

  beforeAll(async () => {
    ;({ platform, admin } = world())
    victimPid = (await instanceProcesses(platform.dataFolder, 'victim-r1-1'))[0]?.pid ?? 0
    await runInside(admin, 'victim', 'echo secret > "$HOME/own.txt"')
  })

  const inside = (script: string) => runInside(admin, 'hostile', script)
  const at = (...parts: string[]) => join(platform.dataFolder, ...parts)
  /** What root reads. An attempt of others fails at their rights only if this shows that there is something. */
  const asRoot = (path: string) => readFile(path, 'utf8')
  const list = async (path: string, runAs?: typeof ordinaryAccount) =>
    (await runCommand({ file: '/bin/ls', args: [path], cwd: '/', env: {}, ...(runAs && { runAs }) })).exitCode

  test('has an account that is neither root’s nor that of another service', async () => {
    const [mine, theirs] = [await uidOf(admin, 'hostile'), await uidOf(admin, 'victim')]
    for (const other of [0, platform.uid]) expect([mine, theirs]).not.toContain(other)
    expect(mine).not.toBe(theirs)
  })

  test('cannot read the token of another service', async () => {
    expect(victimPid).toBeGreaterThan(0)
    const environment = `/proc/${victimPid}/environ`
    expect(await asRoot(environment)).toContain('VITRINE_TOKEN')
    const { code, out } = await inside(`tr '\\0' '\\n' < ${environment}`)
    expect(code).not.toBe(0)
    expect(out).not.toContain('VITRINE_TOKEN')
  })

  test.skipIf(runner !== 'supervisor')('cannot read the launch file of another service', async () => {
    const launch = at('supervisor', 'launch', 'victim-r1-1.sh')
    expect(await asRoot(launch)).toContain('VITRINE_TOKEN')
    expect((await inside(`cat ${launch}`)).code).not.toBe(0)
  })

  test('can read neither the files nor the releases nor the logs of another service', async () => {
    const paths = ['services/victim/work', 'services/victim/releases/1', 'services/logs']
    for (const path of paths) {
      expect(await list(at(path)), path).toBe(0)
      expect((await inside(`ls ${at(path)}`)).code, path).not.toBe(0)
    }
    const own = at('services', 'victim', 'work', 'own.txt')
    expect(await asRoot(own)).toBe('secret\n')
    expect((await inside(`cat ${own}`)).out).not.toContain('secret')
  })

  test('cannot end the processes of another service', async () => {
    expect((await inside(`kill -9 ${victimPid}`)).code).not.toBe(0)
    expect((await runInside(admin, 'victim', 'echo alive')).out).toBe('alive')
  })

  test.each(['services/hostile/releases/1', 'services/hostile/work', 'services/logs'])(
    'another account of the machine cannot read %s',
    async (path) => {
      expect(await list(at(path))).toBe(0)
      expect(await list(at(path), ordinaryAccount)).not.toBe(0)
    },
  )

  test('is not imported by others if it has the name of a package that they use', async () => {
    for (const id of ['orjson', 'fastapi']) await admin.publish(id, echo())
    await admin.publish('doubler', pythonPackage)
    expect((await admin.predict('doubler', [21])).status).toBe(200)
  })

  describe('with the same requirements as a service of another person', () => {
    const venvOf = (id: string) => readlink(at('services', id, 'releases', '1', 'venv'))

    test('shares an environment only with services of its owner', async () => {
      const person = await platform.person('anna', 'user')
      await admin.publish('one', pythonPackage)
      await admin.publish('two', pythonPackage)
      await person.publish('three', pythonPackage)
      expect(await venvOf('two')).toBe(await venvOf('one'))
      expect(await venvOf('three')).not.toBe(await venvOf('one'))
    })

    test('reads an environment only if it uses it, and so does no other account of the machine', async () => {
      const venv = await venvOf('one')
      const config = join(venv, 'pyvenv.cfg')
      expect(await asRoot(config)).toContain('version')
      expect((await inside(`cat ${config}`)).code).not.toBe(0)
      expect(await list(config)).toBe(0)
      expect(await list(config, ordinaryAccount)).not.toBe(0)
      for (const id of ['one', 'two']) {
        expect((await admin.operate('restart', id)).state).toBe('succeeded')
        expect((await admin.predict(id, [21])).status, id).toBe(200)
      }
    })

    test('cannot change the environment that it shares', async () => {
      const venv = await venvOf('one')
      expect((await inside(`touch ${venv}/planted.pth`)).code).not.toBe(0)
    })
  })
}
