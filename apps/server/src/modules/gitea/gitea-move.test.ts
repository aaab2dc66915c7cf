import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { taskSteps } from '@vitrine/contract'
import { beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { digestOf, pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { pushToGitea, registerFromGitea } from './gitea.algorithms.ts'
import { inTurnOfRepository } from './gitea.others.ts'
import { openMoves } from './gitea-move.test-world.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'

const owner = testActor('admin')

let server: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
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

test('an algorithm whose ID has become somebody else’s by its turn is not moved', async () => {
  await kept('anew', randomBytes(10))
  const { repository, runner, ended } = openMoves(world)
  const formerly = testActor('user', '22222222-2222-4222-8222-222222222222')
  const before = server.asked.length
  const begun = await repository.insert({
    kind: 'code.move',
    serviceId: null,
    createdBy: formerly,
    steps: taskSteps['code.move'],
    input: {
      to: 'gitea',
      algorithm_ids: ['anew', 'unknown'],
      existing: 'adopt',
      owners: { anew: formerly.id },
    },
  })
  expect(await ended(runner.begin(begun).id)).toMatchObject({
    state: 'failed',
    error: { code: 'gitea.move_incomplete', details: { moved: 0, ids: ['anew', 'unknown'] } },
  })
  expect(await providerOf('anew')).toBe('builtin')
  expect(server.asked).toHaveLength(before)
})

test('code is moved only by those who may change algorithms', async () => {
  await kept('own', randomBytes(10))
  const { begin } = openMoves(world)
  const actor = {
    ...owner,
    permissions: new Set([...owner.permissions].filter((one) => one !== 'algorithms.write')),
  }
  await expect(begin('gitea', ['own'], { actor, existing: 'adopt' })).rejects.toMatchObject({
    code: 'auth.not_permitted',
    details: { permission: 'algorithms.write' },
  })
})

test.each([
  ['known', true],
  ['not known yet', false],
])(
  'whoever comes to a repository while code is pushed there waits, if its number is %s',
  async (_what, isKnown) => {
    const { url, fullName } = await world.create()
    await world.push(await world.clone(fullName), 'main', { 'ai_algorithm.py': smallest }, 'first')
    const id = 'pushed'
    const asked = { branch: undefined, tag: undefined, actor: owner, id, language: 'en' } as const
    await registerFromGitea(world.gitea, { ...asked, url })
    const place = await world.gitea.places.get(id)
    if (!place?.repositoryNumber) throw new Error('its number is not recorded')
    const number = place.repositoryNumber
    if (!isKnown) await world.gitea.places.move(id, { ...place, repositoryNumber: null })
    const order: string[] = []
    const waiting: Promise<unknown>[] = []
    const codeHost: typeof world.gitea.codeHost = {
      ...world.gitea.codeHost,
      async push(what) {
        waiting.push(inTurnOfRepository(world.algorithms, number, async () => order.push('the next')))
        const pushed = await world.gitea.codeHost.push(what)
        order.push('the push')
        return pushed
      },
    }
    await pushToGitea({ ...world.gitea, codeHost }, { actor: owner, id })
    await Promise.all(waiting)
    expect(order).toEqual(['the push', 'the next'])
  },
)
