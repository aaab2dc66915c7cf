import { runsImages } from '../adapters/process-runner/runners.ts'
import { systemClock } from '../lib/clock.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import { checkContents } from '../modules/assets/assets.contents.ts'
import { removeUnshownMedia } from '../modules/assets/assets.unshown.ts'
import { removeLeftCode } from '../modules/algorithms/algorithms.usecases.ts'
import { collectImages } from '../modules/images/collect-images.ts'
import { learnNumbers } from '../modules/gitea/gitea.recorded.ts'
import { lookAtGitea } from '../modules/gitea/gitea.usecases.ts'
import { removeUnownedModels } from '../modules/models/models.usecases.ts'
import { removeRemains } from '../modules/operations/delete.task.ts'
import { forgetOldPipelines } from '../modules/pipelines/old-pipelines.ts'
import { forgetLeftRules } from '../modules/pipelines/push-rules.usecases.ts'
import { removeUnusedPreviews } from '../modules/pipelines/unused-previews.ts'
import { sendMissingMarks } from '../modules/pipelines/commit-marks.ts'
import { forgetOldDeliveries } from '../modules/pipelines/webhook-deliveries.ts'
import { forgetLeftFiles } from '../modules/runs/files/keep-files.ts'
import { forgetPastVisitors } from '../modules/shares/shares.forget-visitors.ts'
import { forgetOldTasks } from '../modules/tasks/tasks.usecases.ts'
import { forgetOldRunsOf } from './forget-old-runs.ts'
import type { Modules } from './modules.ts'
import type { wireUpkeep } from './upkeep.ts'

/** What the platform looks after and tidies up once an hour, by the name that stands in the log if it fails. */
export const hourlyWorks = ({
  modules,
  access,
  upkeep,
  paths,
}: {
  modules: Modules
  access: Pick<AccessControl, 'forgetOldSignIns'>
  upkeep: Pick<ReturnType<typeof wireUpkeep>, 'forgetOldHistory'>
  paths: DataPaths
}) => ({
  'the Gitea server': () => lookAtGitea(modules.gitea),
  'numbers of repositories in Gitea': () => learnNumbers(modules.gitea),
  'webhooks that were taken': () => forgetOldDeliveries(modules.pipelines),
  'old pipelines': () => forgetOldPipelines(modules.pipelines),
  'marks of commits that Gitea was not told': () => sendMissingMarks(modules.pipelines),
  'previews that nobody uses': () => removeUnusedPreviews(modules.pipelines),
  'rules of deleted services': () => forgetLeftRules(modules.pipelines),
  'old sign-ins': access.forgetOldSignIns,
  'code of no algorithm': () => removeLeftCode(modules.algorithms),
  'expired uploads': () => modules.arrived.store.deleteExpired(),
  'media of packages that nothing shows': () =>
    removeUnshownMedia(
      { ...modules.media, shownMedia: () => modules.repositories.releases.shownMedia() },
      { now: systemClock() },
    ),
  'media of no asset': () => checkContents(modules.media),
  'unused environments': async () =>
    modules.environments.collect(await modules.repositories.releases.environmentsInUse()),
  'unused images': async () =>
    runsImages(modules.services) &&
    collectImages(modules.images, () => modules.repositories.releases.imagesInUse()),
  'lists of environments of no release': () => modules.repositories.releases.forgetLocks(),
  'model files of nobody': () => removeUnownedModels(modules.modelStore),
  'visitors of links': () => forgetPastVisitors(modules.shares.past),
  'old histories': upkeep.forgetOldHistory,
  'revisions of the configuration of which nothing is left': () => modules.configs.removeEmptyRevisions(),
  'old calls': modules.calls.forgetOld,
  'old runs': () => forgetOldRunsOf(modules),
  'old tasks': () => forgetOldTasks(modules.repositories, systemClock()),
  'remains of deleted services': () =>
    removeRemains({
      ...modules.repositories,
      paths,
      ports: modules.ports,
      gateway: modules.gateway,
      runner: modules.taskRunner,
      forgetCalls: modules.calls.forgetCallsOf,
    }),
  'files of forgotten runs': () => forgetLeftFiles(modules.runFiles),
})
