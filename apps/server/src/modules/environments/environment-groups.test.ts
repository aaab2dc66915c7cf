import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeAsRoot } from '../../../../../tests/support/as-root.ts'
import { freeNumbers } from '../../lib/free-numbers.ts'
import { environmentGroups, groupsBelow } from './environment-groups.ts'

/** Nothing else on the machine uses these numbers. */
const block = { first: 2_110_001_000, size: 6 }
const [account, ofAJob] = [block.first, 2_110_000_999]

describeAsRoot('the folders of environments', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vitrine-groups-'))
  })
  afterEach(() => rm(root, { recursive: true }))

  const groups = environmentGroups(freeNumbers(block, [async () => [account], async () => groupsBelow(root)]))
  async function folderOf(name: string, gid: number, mode: number) {
    const folder = join(root, name)
    await mkdir(folder)
    await chown(folder, 0, gid)
    await chmod(folder, mode)
    return folder
  }
  const found = async (folder: string) => {
    const { uid, gid, mode } = await stat(folder)
    return { uid, gid, mode: mode & 0o777 }
  }
  const settle = (folder: string, isServed: boolean, taken: number[] = [account]) =>
    groups.settle(folder, { taken: new Set(taken), servesAll: async () => isServed })

  test('get groups that neither an account nor another environment has, until half of the numbers are in use', async () => {
    const made = await Promise.all(
      ['one', 'two', 'three', 'four'].map(async (name) => {
        const folder = await folderOf(name, ofAJob, 0o710)
        await groups.close(folder)
        return { ...(await found(folder)), group: await groups.of(folder) }
      }),
    )
    const closed = made.filter(({ mode }) => mode === 0o710)
    expect(new Set([account, ...closed.map(({ gid }) => gid)]).size).toBe(4)
    for (const one of closed) expect(one.group).toBe(one.gid)
    // The fourth has found no number: it is open, as before, and needs no group.
    expect(made.filter(({ mode }) => mode === 0o711).map(({ group }) => group)).toEqual([null])
  })

  test('that an earlier version has left open are closed, also after a kill between the steps', async () => {
    const folder = await folderOf('old', ofAJob, 0o711)
    const group = await settle(folder, true)
    expect(await found(folder)).toEqual({ uid: 0, gid: group, mode: 0o710 })
    await chmod(folder, 0o711)
    expect(await settle(folder, true)).toBe(group)
    expect(await found(folder)).toEqual({ uid: 0, gid: group, mode: 0o710 })
  })

  test('stay open while something uses them that is not in the group, and keep the group for the next start', async () => {
    const folder = await folderOf('old', ofAJob, 0o711)
    const group = await settle(folder, false)
    expect(await found(folder)).toEqual({ uid: 0, gid: group, mode: 0o711 })
    expect(await settle(folder, true)).toBe(group)
    expect((await found(folder)).mode).toBe(0o710)
  })

  test('that were restored without their owners, or whose number a service has, get another one', async () => {
    const restored = await folderOf('restored', 0, 0o710)
    expect(await groups.of(restored)).toBeNull()
    const group = await settle(restored, true)
    expect(group).not.toBeNull()
    const copied = await folderOf('copied', account, 0o710)
    const other = await settle(copied, true, [account, Number(group)])
    expect([account, group]).not.toContain(other)
    expect(await found(copied)).toEqual({ uid: 0, gid: other, mode: 0o710 })
  })

  test('are the platform’s alone where services have its account', async () => {
    const folder = await folderOf('own', 0, 0o700)
    await environmentGroups(null).close(folder)
    expect((await found(folder)).mode).toBe(0o700)
    expect(await environmentGroups(null).of(folder)).toBeNull()
  })
})
