import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'vitest'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { createModelGrants } from '../models/model-grants.ts'
import { createModelStore } from '../models/model-store.ts'
import { neighbour, openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { passwordIn, serveGit } from './git-host.test-world.ts'
import { registerLfs } from './lfs.routes.ts'

export const owner = testActor('user')
const people: Record<string, ReturnType<typeof testActor>> = {
  owner,
  neighbour,
  viewer: testActor('viewer'),
  admin: testActor('admin', '33333333-3333-4333-8333-333333333333'),
  limited: { ...owner, kind: 'key', serviceIds: ['weighs'] },
  elsewhere: { ...owner, kind: 'key', serviceIds: ['other'] },
}
/** The largest file that these tests may push. */
const limitBytes = 24 * 1024 ** 2
export const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** A server with Git and Git LFS, and the algorithms `weighs`, `other` and `cloned` of the owner. A password is the name of a person. */
export async function openLfsWorld() {
  const world = await openWorld({ uploadBytes: limitBytes })
  const actorOf = (password: string) => people[password] ?? null
  await registerLfs(world.app, {
    models: world.models,
    modelGrants: createModelGrants(world.models),
    store: createModelStore(join(world.folder, 'models')),
    limitBytes: () => limitBytes,
    queue: keyedQueue(),
    storageQuota: emptyStorageQuota(),
    authenticateBasic: async (header) => actorOf(passwordIn(header)),
    algorithms: world.deps,
    gitQueues: world.deps.gitQueues,
    codeHost: world.deps.codeHost,
  })
  const { client, origin, failures } = await serveGit(world, { actorOf })
  for (const id of ['weighs', 'other', 'cloned'])
    await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: id } })
  await world.send(
    '',
    { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: 'of-the-neighbour' } },
    { 'x-test-role': 'neighbour' },
  )
  return {
    world,
    client,
    origin,
    async close() {
      await world.close()
      expect(failures).toEqual([])
    },
  }
}
