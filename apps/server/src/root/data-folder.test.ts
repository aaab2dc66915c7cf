import { chown, lchown, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeableFolder, findDataFolder, giveDataFolder } from './data-folder.ts'

const at = (path: string, uid: number, mode: number) => ({ path, uid, mode })

test('a folder is safe if only root can change what is above it', () => {
  expect(changeableFolder([at('/srv', 0, 0o755), at('/', 0, 0o755)])).toBeNull()
  expect(changeableFolder([at('/tmp', 0, 0o1777), at('/', 0, 0o755)])).toBeNull()
  expect(changeableFolder([at('/srv', 0, 0o755), at('/open', 0, 0o777)])).toBe('/open')
  expect(changeableFolder([at('/group', 0, 0o775)])).toBe('/group')
  expect(changeableFolder([at('/home/anna', 1_000, 0o755)])).toBe('/home/anna')
})

const isRoot = process.getuid?.() === 0
describe.skipIf(!isRoot)(
  `the data folder of a platform that is not root${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
  () => {
    const number = 1_999_999_999
    let folder: string
    beforeEach(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), 'vitrine-own-')))
    })
    afterEach(() => rm(folder, { recursive: true, force: true }))

    test('is made, and becomes the platform’s once', async () => {
      const path = join(folder, 'data')
      expect(await findDataFolder(path)).toEqual({ folder: path })
      expect(await giveDataFolder(path, number, null)).toBeNull()
      const { uid, gid, mode } = await stat(path)
      expect([uid, gid, mode & 0o777]).toEqual([number, number, 0o711])
      await writeFile(join(path, 'file'), '')
      expect(await giveDataFolder(path, number, null)).toBeNull()
    })

    test('stays as it is if it has contents of root that may not be handed over now, or belongs to somebody else', async () => {
      await writeFile(join(folder, 'file'), '')
      expect(await giveDataFolder(folder, number, null)).toMatchObject({ why: { en: expect.any(String) } })
      expect((await stat(folder)).uid).toBe(0)
      const why = { zh: '', en: 'not now' }
      expect(await giveDataFolder(folder, number, async () => ({ why }))).toEqual({ why })
      expect((await stat(folder)).uid).toBe(0)
      await chown(folder, 65_533, 65_533)
      expect(await giveDataFolder(folder, number, null)).toMatchObject({ why: { en: expect.any(String) } })
      expect((await stat(folder)).uid).toBe(65_533)
    })

    test('may be behind a link of root, but of nobody else', async () => {
      const link = join(folder, 'link')
      await mkdir(join(folder, 'real'))
      await symlink(join(folder, 'real'), link)
      expect(await findDataFolder(link)).toEqual({ folder: join(folder, 'real') })
      await lchown(link, 65_533, 65_533)
      expect(await findDataFolder(link)).toMatchObject({ why: { en: `${link} is a link of somebody else` } })
    })
  },
)
