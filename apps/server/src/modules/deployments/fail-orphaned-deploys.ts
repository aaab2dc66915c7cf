import type { TasksRepository } from '../tasks/tasks.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import { deployInput } from './deploy.types.ts'
import { failRelease } from './undo-deploy.ts'

const message = {
  zh: '部署失败，撤销也没有完成；请重新部署',
  en: 'The deploy failed, and undoing it did not finish. Deploy again',
}

/**
 * Fails the releases that are `deploying` although no task deploys them: an undo failed. Their requested front ports
 * are free again. Must be called while nothing is being started. Resolves with how many there were.
 */
export async function failOrphanedDeploys(
  deps: Parameters<typeof failRelease>[0] & {
    releases: Pick<ReleasesRepository, 'deploying'>
    tasks: Pick<TasksRepository, 'unfinished'>
  },
): Promise<number> {
  const unfinished = await deps.tasks.unfinished()
  const underWay = unfinished
    .filter(({ task }) => task.kind === 'service.deploy')
    .map(({ input }) => deployInput.parse(input))
  const left = (await deps.releases.deploying()).filter(
    (each) => !underWay.some((one) => one.service_id === each.service_id && one.release === each.release),
  )
  for (const each of left) await failRelease(deps, each, { message })
  return left.length
}
