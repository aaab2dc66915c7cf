import { beforeEach, expect, test } from 'vitest'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

const inFolder = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))

/** A repository of two algorithms, each deployed as a service whose pushes are deployed. */
async function deployedBoth() {
  const { url, fullName } = await world.create()
  const folder = await world.clone(fullName)
  const first = { ...inFolder('face', codeOf(1)), ...inFolder('voice', codeOf(1)) }
  const commit = await world.push(folder, 'main', first, '第一版')
  for (const id of ['face', 'voice']) {
    const answer = await world.ask('POST', '/gitea/repos/register', {
      repo_url: url,
      folder: id,
      algorithm_id: id,
    })
    expect(answer.statusCode).toBe(201)
    await world.deploy(id, commit)
    await world.watch(id)
  }
  return { folder, commit }
}

const endedAt = (commit: string) => (row: { commit: string; state: string }) =>
  row.commit === commit && row.state !== 'queued' && row.state !== 'running'

test('a push deploys the algorithm whose folder it changed, and says of the others that nothing changed', async () => {
  const { folder } = await deployedBoth()
  const commit = await world.push(folder, 'main', inFolder('face', codeOf(2)), '第二版')
  expect(await world.until('face', endedAt(commit))).toMatchObject({ state: 'succeeded', release: 2 })
  const other = await world.until('voice', endedAt(commit))
  expect(other).toMatchObject({ state: 'skipped', reason: { code: 'pipeline.folder_unchanged' } })
  expect((await world.deps.services.get('voice'))?.currentRelease).toBe(1)
  await world.marked(other.id)
  const states = server.hooks.statuses.filter(({ context }) => context === 'vitrine/voice')
  expect(states.map(({ state }) => state)).toEqual(['pending', 'success'])
})

test('what failed to deploy is tried again with the next push, also if that changes something else', async () => {
  const { folder } = await deployedBoth()
  world.setReady(false)
  const failing = await world.push(folder, 'main', inFolder('face', codeOf(2)), '第二版')
  expect(await world.until('face', endedAt(failing))).toMatchObject({ state: 'failed' })
  world.setReady(true)
  const next = await world.push(folder, 'main', { 'README.md': 'x' }, '说明')
  expect(await world.until('face', endedAt(next))).toMatchObject({ state: 'succeeded' })
  expect(await world.until('voice', endedAt(next))).toMatchObject({ state: 'skipped' })
})
