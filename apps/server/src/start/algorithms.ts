import { runsImages } from '../adapters/process-runner/runners.ts'
import { systemClock } from '../lib/clock.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import { hasGpu } from '../lib/sandbox/sandbox-machine.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { codeInFolders } from '../modules/algorithms/code-in-folder.ts'
import type { AlgorithmsRepository } from '../modules/algorithms/algorithms.repository.ts'
import { createRecogniser } from '../modules/algorithms/recognition/recogniser.ts'
import { createCodeQuota } from '../modules/quotas/code-quota.ts'
import { gitQueues } from '../modules/quotas/git-queues.ts'
import { createCodeChecker } from '../modules/algorithms/preflight/code-checker.ts'
import type { Environments } from '../modules/environments/environments.ts'
import { publishingCodeHost } from '../modules/gitea/gitea.code-host.ts'
import { uploadsToGitea } from '../modules/gitea/gitea.uploads.ts'
import type { ModelGrants } from '../modules/models/model-grants.ts'
import type { ModelsDeps } from '../modules/models/models.usecases.ts'
import type { QuotaTable } from '../modules/quotas/quotas.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'
import {
  defaultUploadLimits,
  mebibyte,
  unpackedBytesNow,
  type UploadLimits,
} from '../modules/sources/upload-limits.ts'
import type { GiteaParts } from './gitea.ts'
import type { ModulesInput } from './modules-input.ts'

/** The limits of uploads, which are read anew at each upload. */
const uploadLimitsNow = (current: CurrentConfig): UploadLimits => ({
  ...defaultUploadLimits,
  get uploadBytes() {
    return current.number('uploads.max_mb') * mebibyte
  },
  get unpackedBytes() {
    return unpackedBytesNow(current)
  },
})

type Parts = {
  algorithmRows: AlgorithmsRepository
  services: ServicesRepository
  quotas: QuotaTable
  environments: Environments
  modelGrants: ModelGrants
  modelStore: Pick<ModelsDeps, 'store'>
  gitea: GiteaParts
  versions: AlgorithmsDeps['versions']
}

/** Wires what keeps the code of algorithms. */
export async function wireAlgorithms(
  input: ModulesInput,
  { algorithmRows, services, quotas, environments, modelGrants, modelStore, gitea, versions }: Parts,
): Promise<AlgorithmsDeps> {
  const { drivers, paths, nodeTools, commandEnv, logger } = input
  const { sandbox } = drivers
  const codeHost = publishingCodeHost(codeInFolders(drivers.codeHost, gitea.places), gitea)
  const code = createCodeChecker({
    python: (requirement) => environments.interpreter(requirement),
    node: { file: nodeTools.node, folders: await installationsOf([nodeTools.node], paths.root) },
    sandbox,
    accounts: input.jobAccounts,
    commandEnv,
  })
  return {
    quotas,
    gitQueues: gitQueues(),
    codeQuota: createCodeQuota({
      quotas,
      ownedBy: (ownerId) => algorithmRows.ownedBy(ownerId),
      measure: (ids) => codeHost.sizes(ids),
      clock: systemClock,
    }),
    recogniser: createRecogniser(
      code,
      ({ what, error }) => logger.error({ looked_for: what.en, err: error }, 'a part of recognition failed'),
      { pythons: () => environments.pythons(), containers: () => runsImages(drivers.runner), gpu: hasGpu },
    ),
    algorithms: algorithmRows,
    versions,
    codeHost,
    clock: systemClock,
    uploads: {
      uploadsFolder: paths.uploads,
      limits: uploadLimitsNow(drivers.current),
      ignoredIn: (folder) => codeHost.ignoredIn(folder),
    },
    queue: keyedQueue(),
    modelGrants,
    prepareUpload: uploadsToGitea({ ...gitea, codeHost, modelGrants, store: modelStore.store }),
    isInUse: (algorithmId) => services.runningAlgorithm(algorithmId),
  }
}
