import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'
import { uidOf, hostileShell } from '../attacks/shell.package.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const hasAccount = (await findSystemUser(['vitrine-db'])) !== null
const why = hasAccount ? '' : ' (skipped: there is no account vitrine-db)'
const drop = { VITRINE_ROOT: 'drop' }
/** Several starts with a database of their own, of which a busy machine needs tens of seconds for each. */
const longTest = 300_000

describe.skipIf(!hasAccount)(`with VITRINE_ROOT=drop${why}`, () =>
  describeAsRoot('a data folder of a platform that was root', () => {
    let platform: TestPlatform
    beforeAll(async () => {
      platform = await startPlatform({ database: 'own', environment: { VITRINE_ROOT: 'keep' } })
    })
    afterAll(() => platform?.dispose())

    const ownerOf = async (...names: string[]) => (await lstat(join(platform.dataFolder, ...names))).uid
    const answer = async () => (await (await platform.admin()).predict('kept', ['echo one'])).status

    test(
      'is not handed over while parts of it run, and stays root’s',
      async () => {
        await (await platform.admin()).publish('kept', hostileShell)
        await platform.end('SIGTERM')
        await expect(platform.start(drop)).rejects.toThrow('npm run down')
        expect(await ownerOf()).toBe(0)
      },
      longTest,
    )

    test(
      'stays root’s where nobody has asked for more',
      async () => {
        await platform.start()
        await platform.end('SIGINT')
        await expect(platform.start({ VITRINE_ROOT: 'auto' })).rejects.toThrow('VITRINE_ROOT=drop')
        expect(await ownerOf()).toBe(0)
      },
      longTest,
    )

    test(
      'is handed over once they have ended: database, secrets, repositories and services are as they were',
      async () => {
        await platform.start()
        expect(platform.uid).toBe(0)
        await expect.poll(answer, { timeout: 60_000 }).toBe(200)
        const account = await uidOf(await platform.admin(), 'kept')
        await platform.end('SIGINT')
        await platform.start(drop)
        expect(platform.uid).not.toBe(0)
        expect(await ownerOf()).toBe(platform.uid)
        expect(await ownerOf('secrets')).toBe(platform.uid)
        expect(await ownerOf('services', 'kept')).toBe(platform.uid)
        expect(await ownerOf('services', 'kept', 'work')).toBe(account)
        await expect.poll(answer, { timeout: 60_000 }).toBe(200)
        expect(await uidOf(await platform.admin(), 'kept')).toBe(account)
        await platform.end('SIGTERM')
        await platform.start({ VITRINE_ROOT: 'auto' })
        expect(platform.uid).toBe(await ownerOf())
        const admin = await platform.admin()
        await admin.upload(hostileShell, { algorithm_id: 'kept' })
        expect((await admin.deploy('kept')).state).toBe('succeeded')
      },
      longTest,
    )
  }),
)
