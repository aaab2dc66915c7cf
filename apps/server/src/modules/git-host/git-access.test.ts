import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { AlgorithmWithLatest } from '../algorithms/algorithms.repository.ts'
import { requireFetch } from './git-access.ts'

const owner = testActor('user')
const other = testActor('user', '22222222-2222-4222-8222-222222222222')

/** An algorithm whose code is in a folder of a repository; empty for all of it. */
const codeIn = (folder: string): AlgorithmWithLatest => ({
  latest: 1,
  row: {
    id: 'face',
    name: 'face',
    task: '',
    description: '',
    cover: null,
    packageWords: {},
    translations: {},
    ownerId: owner.id,
    ownerName: owner.name,
    createdAt: new Date(0),
    updatedAt: new Date(0),
  },
  repository: {
    algorithmId: 'face',
    provider: 'gitea',
    url: 'https://gitea.example/other/mono.git',
    branch: 'main',
    folder,
    repositoryNumber: 1,
    lastCommit: null,
    lastSyncAt: null,
    refusedPush: null,
  },
})

test.each([
  ['somebody who may not use the rest', 'models/face', other, false, 'algorithm.folder_alone'],
  ['somebody who may', 'models/face', other, true, null],
  ['its owner', 'models/face', owner, false, null],
  ['an administrator', 'models/face', testActor('admin'), false, null],
  ['anybody, where the code is all of it', '', other, false, null],
] as const)(
  'a repository of which the code is a folder is cloned by %s',
  async (_who, folder, actor, may, code) => {
    const deps = {
      algorithms: { algorithms: { get: async () => codeIn(folder) } },
      mayUseAll: async () => may,
    }
    const asked = requireFetch(deps, actor, 'face')
    if (code === null) await asked
    else await expect(asked).rejects.toMatchObject({ code, details: { folder } })
  },
)
