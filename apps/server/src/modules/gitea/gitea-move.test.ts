import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { digestOf, pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { openMoves } from './gitea-move.test-world.ts'
import { openGiteaWorld } from './gitea.test-world.ts'

const owner = testActor('admin')

let server: GiteaStandIn
let world: Awaited<ReturnType<typeof openGiteaWorld>>
beforeEach(async () => {
  server = await GiteaStandIn.open()
  world = await openGiteaWorld(server)
  await world.setUp()
})
afterEach(async () => {
  await world.close()
  await server.close()
})

/** An algorithm of the platform with a pointer to weights that it may use. */
async function kept(id: string, weights: Buffer) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), smallest)
  await writeFile(join(folder, 'model.bin'), pointerTo(weights))
  await registerFolder(world.algorithms, { folder, actor: owner, algorithmId: id })
  await world.keep(owner, weights)
}
const providerOf = async (id: string) => (await world.gitea.places.get(id))?.provider

test('a move that is cancelled while a file of Git LFS is sent stops at once, and leaves no repository there', async () => {
  await kept('stops', randomBytes(4 * 1024 ** 2))
  const stalled = new Promise<void>((resolve) => {
    server.lfs.onStalled = resolve
  })
  const { runner, begin, ended } = openMoves(world)
  const { id } = await begin('gitea', ['stops'])
  await stalled
  await runner.cancel(id)
  expect(await ended(id)).toMatchObject({ state: 'cancelled' })
  expect(server.asked.at(-1)).toBe(`DELETE /repos/${server.owner}/stops`)
  expect(await providerOf('stops')).toBe('builtin')
})

test('a move tells how much of the files of Git LFS has left, of what the server lacks', async () => {
  const weights = randomBytes(3 * 1024 ** 2)
  await kept('told', weights)
  const { begin, ended, told } = openMoves(world)
  expect(await ended((await begin('gitea', ['told'])).id)).toMatchObject({ state: 'succeeded' })
  const ofFiles = told.filter((message) => message.includes('Git LFS'))
  expect([...new Set(ofFiles)]).toEqual([
    'told: 0 / 3 MB of the files of Git LFS sent',
    'told: 3 / 3 MB of the files of Git LFS sent',
  ])
  expect([...server.lfs.of('told').keys()]).toEqual([digestOf(weights)])
})

test('whoever moves only their own code moves nothing that got its ID after they asked', async () => {
  const mover = testActor('user', '22222222-2222-4222-8222-222222222222')
  const { repository, runner, begin, ended } = openMoves(world)
  const { id } = await begin('gitea', ['later'], { actor: mover })
  expect(await ended(id)).toMatchObject({ state: 'failed' })
  await kept('later', randomBytes(16))
  const input = (await repository.get(id))?.input ?? null
  // As when the turn of an algorithm comes long after the request.
  const again = await runner.start({ kind: 'code.move', serviceId: null, input, createdBy: mover })
  expect(await ended(again.id)).toMatchObject({ state: 'failed' })
  expect(await providerOf('later')).toBe('builtin')
  expect(await ended((await begin('gitea', ['later'])).id)).toMatchObject({ state: 'succeeded' })
})
