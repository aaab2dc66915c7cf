import { createBus } from '../../lib/bus.ts'
import type { Actor } from '../../lib/actor.ts'
import type { LowestSpeed } from '../../lib/lowest-speed.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { createOpenPushes, type OpenPushes } from '../algorithms/open-pushes.ts'
import type { openWorld } from '../algorithms/algorithms.test-world.ts'
import { createRepositoryTokens } from '../repository-tokens/repository-tokens.repository.ts'
import { gitClient } from './git-client.test-setup.ts'
import type { ReceivedPush } from '../pipelines/give-models.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { registerGitHttp } from './git-http.routes.ts'
import { usualGitSpeed } from './git-pace.ts'

type Given = {
  /** Whom a password names. */
  actorOf: (password: string) => Actor | null
  /** Parts of the platform in place of those of the world. */
  algorithms?: Partial<AlgorithmsDeps>
  /** The branches of each algorithm that are deployed by themselves, with a service of each. */
  watched?: Readonly<Record<string, Map<string, string>>>
  /** Whether pushes to the followed branch, and to others, are deployed. Neither is unless it is stated. */
  deployed?: Awaited<ReturnType<GitHostDeps['rules']['deployed']>>
  clock?: () => Date
  lowestSpeed?: LowestSpeed
  /** Whether somebody may use all of a repository of which code is a folder. Everybody may unless it is stated. */
  mayUseAll?: GitHostDeps['mayUseAll']
}

/** The password of a Basic credential. */
export const passwordIn = (header: string): string =>
  Buffer.from(header.replace(/^basic /i, ''), 'base64')
    .toString()
    .split(':')[1] ?? ''

/**
 * Adds the built-in git host to a test world, and begins to listen. `failures` are what failed inside it, `pushes` what it told of
 * pushes.
 */
export async function serveGit(world: Awaited<ReturnType<typeof openWorld>>, given: Given) {
  const failures: unknown[] = []
  const pushes = createBus<ReceivedPush>()
  const openPushes = createOpenPushes()
  const algorithms = { ...world.deps, ...given.algorithms }
  const deps: GitHostDeps & { openPushes: OpenPushes } = {
    algorithms,
    codeHost: algorithms.codeHost,
    codeQuota: algorithms.codeQuota,
    gitQueues: algorithms.gitQueues,
    lowestSpeed: given.lowestSpeed ?? usualGitSpeed,
    largestPush: () => algorithms.uploads.limits.uploadBytes,
    tokens: createRepositoryTokens({ db: world.db }),
    clock: given.clock ?? world.deps.clock,
    authenticateBasic: async (header) => given.actorOf(passwordIn(header)),
    mayUseAll: given.mayUseAll ?? (async () => true),
    rules: {
      watchedBranches: async (id) => given.watched?.[id] ?? new Map(),
      deployed: async () => given.deployed ?? { pushes: false, otherBranches: false },
    },
    pushes,
    openPushes,
    onError: (error) => failures.push(error),
  }
  await registerGitHttp(world.app, deps)
  const origin = await world.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    deps,
    origin,
    failures,
    pushes,
    client: gitClient(world.folder),
    address: (id: string, password = 'owner') =>
      `${origin.replace('://', `://any:${password}@`)}/git/${id}.git`,
  }
}
