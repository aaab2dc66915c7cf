import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { Actor } from '../../lib/actor.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { giveModelsOf } from './give-models.ts'

const sha256 = 'c'.repeat(64)
const owner = testActor('user')
let world: Awaited<ReturnType<typeof openWorld>>
/** Commits that are no versions: one that names a model file, and one without a package. */
const commits = { naming: '', empty: '' }

beforeAll(async () => {
  world = await openWorld()
  await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: 'own' } })
  const commitOf = async (name: string, content: string, removed: string[]) => {
    const folder = await mkdtemp(join(world.folder, 'draft-'))
    await writeFile(join(folder, name), content)
    const base = (await world.deps.codeHost.resolve('own', 'main')) ?? ''
    const author = { name: 'ann', email: 'ann@example.com' }
    const draft = { algorithmId: 'own', base, folder, keepsModes: true, removed, message: name, author }
    return world.deps.codeHost.draft(draft)
  }
  commits.naming = await commitOf('algorithm.yaml', `models:\n  - path: w.bin\n    sha256: ${sha256}\n`, [])
  commits.empty = await commitOf('notes.txt', 'nothing', ['ai_algorithm.py'])
})
afterAll(() => world.close())

async function givenBy(actor: Actor, pushed: readonly string[]): Promise<string[]> {
  const given: string[] = []
  const modelGrants = {
    give: async (_actor: Actor, _to: object, digests: readonly string[]) => void given.push(...digests),
  }
  const deps = { algorithms: world.deps, modelGrants }
  await giveModelsOf(deps, { algorithmId: 'own', actor, commits: pushed })
  return given
}

test('the owner gives what their commits on other branches name, and one that is no package keeps nothing from that', async () => {
  expect(await givenBy(owner, ['f'.repeat(40), commits.empty, commits.naming])).toEqual([sha256])
})

test.each([
  ['a key that is limited to the algorithm', { ...owner, kind: 'key', serviceIds: ['own'] }],
  ['an administrator', testActor('admin', '33333333-3333-4333-8333-333333333333')],
] satisfies [string, Actor][])('%s gives nothing of the owner', async (_who, actor) => {
  expect(await givenBy(actor, [commits.naming])).toEqual([])
})
