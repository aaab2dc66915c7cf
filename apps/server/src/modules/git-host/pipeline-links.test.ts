import { expect, test } from 'vitest'
import { commitsWithPipelines, pipelineLinks } from './pipeline-links.ts'

const [first, second] = ['a'.repeat(40), 'b'.repeat(40)]
const said = '000eunpack ok\n0017ok refs/heads/main\n0018ok refs/heads/trial\n0000'
const both = new Map([
  ['main', first],
  ['trial', second],
])
const all = { pushes: true, otherBranches: true }

test.each([
  { name: 'a version, and a preview', isVersion: true, deployed: all, commits: [first, second] },
  { name: 'no version', isVersion: false, deployed: all, commits: [second] },
  {
    name: 'no previews',
    isVersion: true,
    deployed: { pushes: true, otherBranches: false },
    commits: [first],
  },
  {
    name: 'nothing that is deployed',
    isVersion: true,
    deployed: { pushes: false, otherBranches: false },
    commits: [],
  },
])('a push has pipelines of these commits: $name', ({ isVersion, deployed, commits }) => {
  expect(commitsWithPipelines({ branches: both, followed: 'main', isVersion, said }, deployed)).toEqual(
    commits,
  )
})

test('a branch that git has refused has no pipeline, and two branches at one commit have one link', () => {
  const refused = 'ng refs/heads/main non-fast-forward\nok refs/heads/trial\n'
  const moved = { branches: both, followed: 'main', isVersion: true, said: refused }
  expect(commitsWithPipelines(moved, all)).toEqual([second])
  const same = new Map([
    ['main', first],
    ['trial', first],
  ])
  expect(commitsWithPipelines({ ...moved, branches: same, said }, all)).toEqual([first])
})

test('each link leads to the pipelines of a commit, and no push without a deploy has one', async () => {
  const push = { algorithmId: 'any', language: 'en' as const, origin: 'https://vitrine.example' }
  const moved = { branches: both, followed: 'main', isVersion: true, said }
  expect(
    await pipelineLinks(
      { rules: { deployed: async () => all, watchedBranches: async () => new Map() } },
      push,
      moved,
    ),
  ).toBe(
    `Pipelines: https://vitrine.example/pipelines?q=${'a'.repeat(12)}\nPipelines: https://vitrine.example/pipelines?q=${'b'.repeat(12)}`,
  )
  const nobody = async () => ({ pushes: false, otherBranches: false })
  expect(
    await pipelineLinks({ rules: { deployed: nobody, watchedBranches: async () => new Map() } }, push, moved),
  ).toBeNull()
})
