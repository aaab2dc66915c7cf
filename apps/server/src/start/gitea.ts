import { join } from 'node:path'
import { usualWaits } from '../adapters/gitea/gitea-fetch.ts'
import { systemClock } from '../lib/clock.ts'
import type { TextSealer } from '../lib/sealed-text.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { createCodePlaces } from '../modules/algorithms/code-places.repository.ts'
import { createGiteaConfigs } from '../modules/gitea/gitea.configs.repository.ts'
import type { GiteaRepositoryDeps } from '../modules/gitea/gitea.repositories.ts'
import type { ModulesInput } from './modules-input.ts'
import { openSocketFolder } from './socket-folder.ts'

/** What using a Gitea server needs, without what keeps code: that is made from these. */
export type GiteaParts = Omit<GiteaRepositoryDeps, 'algorithms' | 'codeHost' | 'recogniser' | 'gitQueues'>

/** What using repositories of the Gitea server needs. */
export const giteaRepositories = (gitea: GiteaParts, algorithms: AlgorithmsDeps): GiteaRepositoryDeps => ({
  ...gitea,
  algorithms,
  codeHost: algorithms.codeHost,
  recogniser: algorithms.recogniser,
  gitQueues: algorithms.gitQueues,
})

/** Wires the Gitea server: its settings, and how git reaches it. Nothing is asked yet. */
export async function wireGitea(input: ModulesInput, sealer: TextSealer): Promise<GiteaParts> {
  const { settings, drivers, paths, nodeTools } = input
  const { db } = drivers
  return {
    places: createCodePlaces({ db }),
    configs: createGiteaConfigs({ db }),
    env: settings,
    sealer,
    clock: systemClock,
    waits: usualWaits,
    seen: { last: null },
    remotes: {
      folder: await openSocketFolder(input, { near: paths.gitNetwork, name: 'vitrine-git' }),
      node: nodeTools.node,
      relay: join(input.runtimesFolder, 'node', 'build-relay.cjs'),
    },
  }
}
