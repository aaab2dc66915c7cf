import { stat } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { ifThere } from '../lib/if-there.ts'
import { runCommand } from '../lib/run-command.ts'
import { entering } from './entering.ts'
import { keepNamespace, leaveNamespace } from './namespace.ts'
import { PassingError } from './passing.ts'
import { mapOf } from './user-map.ts'

const isRoot = process.getuid?.() === 0
describe.skipIf(!isRoot)(
  `a user namespace of root’s${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
  () => {
    const dataFolder = `/nowhere/vitrine-test-${process.pid}`
    const map = mapOf({ first: 1_999_000_000, size: 1_000 }, [])
    afterEach(() => leaveNamespace(dataFolder))

    const inside = async (file: string, script: string) => {
      const [program, ...args] = [...entering(file, []), '/bin/sh', '-c', script]
      return runCommand({ file: program, args, cwd: '/', env: { PATH: '/usr/bin:/bin' } })
    }

    test('stays the same without any process in it, and is given up', async () => {
      const file = await keepNamespace(dataFolder, map)
      const first = await stat(file)
      expect((await stat(await keepNamespace(dataFolder, map))).ino).toBe(first.ino)
      await leaveNamespace(dataFolder)
      expect(await ifThere(stat(file))).toBeNull()
      await leaveNamespace(dataFolder)
    })

    test('with other users is not made beside one that is kept', async () => {
      await keepNamespace(dataFolder, map)
      const other = mapOf({ first: 1_998_000_000, size: 1_000 }, [])
      await expect(keepNamespace(dataFolder, other)).rejects.toThrow('npm run down')
    })

    test('that was not made in time says so: a busy machine may still be able to', async () => {
      const inOneMs = async () => {
        await leaveNamespace(dataFolder)
        return keepNamespace(dataFolder, map, { mostMs: 1 }).catch((error: unknown) => error)
      }
      // A machine with nothing else to do has now and then made it by then.
      await expect.poll(inOneMs).toBeInstanceOf(PassingError)
      await keepNamespace(dataFolder, map)
    })

    test('has the platform as 0, without the rights of root over anything but its numbers', async () => {
      const file = await keepNamespace(dataFolder, map)
      const { stdout } = await inside(file, 'id -u; grep -E "^(NoNewPrivs|Groups|CapBnd)" /proc/self/status')
      expect(stdout).toEqual([
        '0',
        expect.stringMatching(/^Groups:\s*$/),
        'CapBnd:\t00000000000800ff',
        'NoNewPrivs:\t1',
      ])
      expect((await inside(file, 'cat /etc/shadow')).exitCode).not.toBe(0)
      expect((await inside(file, 'setpriv --reuid 1999000005 --clear-groups id -u')).stdout).toEqual([
        '1999000005',
      ])
      expect((await inside(file, 'setpriv --reuid 33 --clear-groups id -u')).exitCode).not.toBe(0)
    })
  },
)
