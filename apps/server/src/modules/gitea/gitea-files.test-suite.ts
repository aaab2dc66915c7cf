import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { digestOf, pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { findProgram } from '../../lib/find-program.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { getVersion } from '../algorithms/algorithms.usecases.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { filesInGitea } from './gitea.files.ts'
import type { GiteaWorld as World } from './gitea.test-world.ts'

const owner = testActor('admin')
const gitLfs = await findProgram('git-lfs', process.env.PATH ?? '')

/** Does what a deploy does with model files, and returns what is at `model.bin` then. */
async function deployed(world: World, algorithmId: string): Promise<Buffer> {
  const { manifest } = await getVersion(world.algorithms, { algorithmId })
  const folder = await mkdtemp(join(world.folder, 'release-'))
  const wanted = { algorithmId, manifest, serviceOwnerId: owner.id }
  await world.modelFiles.require({ ...wanted, giver: owner })
  const signal = new AbortController().signal
  await world.modelFiles.place({ ...wanted, folder, signal, report: async () => undefined })
  return readFile(join(folder, 'model.bin'))
}

/** What the platform does with files that a Gitea server keeps with Git LFS. */
export function giteaFilesSuite(worldOf: () => { world: World }): void {
  /** Moves an algorithm with weights there, and forgets here that it has them. */
  async function moved() {
    const { world } = worldOf()
    const id = `lfs-${randomBytes(4).toString('hex')}`
    const weights = randomBytes(200_000)
    const folder = await mkdtemp(join(world.folder, 'upload-'))
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    await writeFile(join(folder, 'model.bin'), pointerTo(weights))
    await registerFolder(world.algorithms, { folder, actor: owner, algorithmId: id })
    const { id: row } = await world.keep(owner, weights)
    const { statusCode } = await world.ask('POST', '/repos', { algorithm_id: id })
    expect(statusCode).toBe(201)
    await world.models.takeBack(id)
    await world.models.delete(row)
    return { world, id, weights, sha256: digestOf(weights) }
  }

  test('weights move there with the code, and a deploy fetches them from there', async () => {
    const { world, id, weights, sha256 } = await moved()
    expect((await deployed(world, id)).equals(weights)).toBe(true)
    expect(await world.models.owned(owner.id, [sha256])).toMatchObject([{ origin: 'lfs' }])
    expect([...(await world.models.given({ algorithmId: id, ownerId: owner.id }, [sha256]))]).toEqual([
      sha256,
    ])
  })

  test('weights come back with the code, and a file that is not there is not located', async () => {
    const { world, id, weights, sha256 } = await moved()
    const files = await filesInGitea(world.gitea)(id)
    const other = { sha256: digestOf(Buffer.from('nothing')), size: 7 }
    const located = await files?.locate([other, { sha256, size: weights.length }])
    expect([...(located ?? new Map()).keys()]).toEqual([sha256])
    await world.moveBack(id)
    expect(await filesInGitea(world.gitea)(id)).toBeNull()
    expect((await deployed(world, id)).equals(weights)).toBe(true)
  })

  // The client is a program of its own (Debian: git-lfs), which a machine that runs the platform does not need.
  test.runIf(gitLfs !== null)('what people push with git-lfs is deployed from there', async () => {
    const { world } = worldOf()
    const { url, fullName, name } = await world.create()
    const clone = await world.clone(fullName)
    const weights = randomBytes(100_000)
    expect(await world.run(['lfs', 'install', '--local'], clone)).toMatchObject({ ok: true })
    expect(await world.run(['lfs', 'track', '*.bin'], clone)).toMatchObject({ ok: true })
    await writeFile(join(clone, 'model.bin'), weights)
    await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'with weights')
    const registered = await world.ask('POST', '/repos/register', { repo_url: url, algorithm_id: name })
    expect(registered.statusCode).toBe(201)
    expect((await deployed(world, name)).equals(weights)).toBe(true)
  })
}
