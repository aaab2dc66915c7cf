import {
  chown,
  lchown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noteBlock } from '../lifecycle/choose-account-block.ts'
import { handOver, mountedBelow } from './hand-over.ts'

test('finds what is mounted inside the folder, and nothing beside it', () => {
  const mountinfo =
    '36 31 0:32 / /data/objects rw - ext4 /dev/b rw\n37 31 0:33 / /data-2/x rw - ext4 /dev/c rw'
  expect(mountedBelow(mountinfo, '/data')).toBe('/data/objects')
  expect(mountedBelow(mountinfo, '/data/objects')).toBeNull()
})

const isRoot = process.getuid?.() === 0
const skipped = isRoot ? '' : ' (skipped: the tests do not run as root)'
describe.skipIf(!isRoot)(`a data folder that root hands over${skipped}`, () => {
  const block = { first: 1_996_000_000, size: 1_000 }
  const platform = block.first + 99
  const service = block.first + 500
  const database = { first: 1_995_000_001, size: 1 }
  let outside: string
  let folder: string
  beforeEach(async () => {
    outside = await realpath(await mkdtemp(join(tmpdir(), 'vitrine-handed-')))
    folder = join(outside, 'data')
    await mkdir(join(folder, 'services', 'one', 'work'), { recursive: true })
    await noteBlock(folder, block)
    await writeFile(join(folder, 'secret'), '')
    await chown(join(folder, 'services', 'one'), 0, service)
    await chown(join(folder, 'services', 'one', 'work'), service, service)
  })
  afterEach(() => rm(outside, { recursive: true, force: true }))

  const owners = async (...names: string[]) => {
    const found = await Promise.all(names.map((name) => lstat(join(folder, name))))
    return found.map(({ uid, gid }) => [uid, gid])
  }
  const give = () => handOver(folder, block, [database])

  test('becomes the platform’s where it was root’s, with the groups of services, and the rest stays', async () => {
    await writeFile(join(folder, 'database'), '')
    await chown(join(folder, 'database'), database.first, database.first)
    expect(await give()).toBeNull()
    expect(await owners('secret', 'services/one', 'services/one/work', 'database')).toEqual([
      [platform, platform],
      [platform, service],
      [service, service],
      [database.first, database.first],
    ])
  })

  test('gives away nothing that an account has planted: no target of a link, no second name of a file of root', async () => {
    const victim = join(outside, 'victim')
    await writeFile(victim, '')
    await symlink(victim, join(folder, 'services', 'one', 'work', 'link'))
    await lchown(join(folder, 'services', 'one', 'work', 'link'), service, service)
    await link(victim, join(folder, 'services', 'one', 'work', 'name'))
    await symlink(victim, join(folder, 'link'))
    expect(await give()).toBeNull()
    expect(await owners('link')).toEqual([[platform, platform]])
    expect((await lstat(victim)).uid).toBe(0)
  })

  test('is handed over with its model files, which have one more name in every release that has them', async () => {
    const model = join('models', 'aa', 'aabb')
    const placed = join('services', 'one', 'releases', '1', 'weights', 'model.bin')
    for (const name of [model, placed]) await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, model), '', { mode: 0o444 })
    await link(join(folder, model), join(folder, placed))
    expect(await give()).toBeNull()
    expect(await owners(model, placed)).toEqual([
      [platform, platform],
      [platform, platform],
    ])
  })

  test('stays as it is if a file of root in it has a second name, which may be anywhere', async () => {
    await writeFile(join(outside, 'victim'), '')
    await link(join(outside, 'victim'), join(folder, 'name'))
    expect(await give()).toMatchObject({ why: { en: `${folder}/name has a second name or is a device` } })
    expect(await owners('secret', 'name')).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('stays as it is if something belongs to an account that the platform cannot become', async () => {
    await writeFile(join(folder, 'foreign'), '')
    await chown(join(folder, 'foreign'), 33, 33)
    expect(await give()).toMatchObject({
      why: { en: `${folder}/foreign (33) belongs to an account that is not the platform’s` },
    })
    expect(await owners('secret')).toEqual([[0, 0]])
  })

  test('is one in which root has run a platform, and no other folder that a setting names by mistake', async () => {
    await rm(join(folder, 'accounts.json'))
    expect(await give()).toMatchObject({ why: { en: expect.stringContaining('root has run no platform') } })
    expect(await owners('secret')).toEqual([[0, 0]])
  })

  test('goes on where it was interrupted', async () => {
    await writeFile(join(folder, 'services', 'left'), '')
    await chown(join(folder, 'services'), platform, platform)
    expect(await give()).toBeNull()
    expect(await owners('services/left', 'services/one')).toEqual([
      [platform, platform],
      [platform, service],
    ])
    expect((await lstat(dirname(folder))).uid).toBe(0)
  })
})
