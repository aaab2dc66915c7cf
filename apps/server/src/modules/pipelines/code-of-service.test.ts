import { beforeEach, expect, test } from 'vitest'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'
import { headOf, watchedCode } from './code-of-service.ts'
import { checkBranch } from './check-branch.ts'
import { lookAtPreviews } from './previews.ts'

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

/** Gives the name of a repository to another one, with this code on its branches. */
async function replace(name: string, branches: string[]) {
  await server.rename(name, `${name}-away`)
  const { fullName } = await world.create(name)
  const folder = await world.clone(fullName)
  for (const branch of branches) await world.push(folder, branch, codeOf(9), 'theirs')
}

test('for a commit that was seen, nobody asks again whether the repository is the same', async () => {
  const { name, commit } = await world.deployed()
  const code = await watchedCode(world.deps, { algorithmId: name }, null)
  const askedFor = async (seen: string | null) => {
    const before = server.asked.length
    await headOf(world.deps, code, seen)
    return server.asked.slice(before)
  }
  const branch = `GET /repos/${server.owner}/${name}/branches/main`
  expect(await askedFor(commit)).toEqual([branch])
  expect(await askedFor(null)).toEqual([branch, `GET /repos/${server.owner}/${name}`])
})

test('pushes to a repository that has only the name of the watched one are not deployed, and take no preview away', async () => {
  const { name, folder } = await world.deployed()
  server.hooks.allowed = false
  await world.watch(name, { previews: 1 })
  await world.push(folder, 'trial', codeOf(2), 'trial')
  await lookAtPreviews(world.deps, name, 'polling')
  const preview = `${name}--trial`
  await world.until(preview, ({ state }) => state === 'succeeded')
  await replace(name, ['main'])
  expect(await checkBranch(world.deps, name, 'polling')).toBeNull()
  await lookAtPreviews(world.deps, name, 'polling')
  expect(await world.pipelines(name)).toEqual([])
  expect(await world.previews(name)).toEqual([preview])
  const problem = { code: 'gitea.repository_replaced' }
  expect(await world.deps.rules.get(name)).toMatchObject({ problem, previewProblem: problem })
  await expect(world.watch(name, { branch: 'main' })).rejects.toThrow('gitea.repository_replaced')
})
