import type { ServiceMode } from '@vitrine/contract'
import { api } from '../../api/client.ts'
import { serviceConfigOf, type DeployOptions } from './options.ts'

/**
 * Starts to deploy a stored algorithm: its newest version or one commit, in the mode of the service or in another. Resolves with the task's id.
 * @throws ApiError
 */
export const startDeploy = async (
  algorithmId: string,
  options: DeployOptions,
  { commit, mode }: { commit?: string | undefined; mode?: ServiceMode | undefined } = {},
): Promise<string> => {
  const { task_id: taskId } = await api('POST /services/deploy', {
    body: {
      algorithm_id: algorithmId,
      service_id: options.id,
      ...(commit !== undefined && { ref: commit }),
      service_config: { ...serviceConfigOf(options), ...(mode && { mode }) },
    },
  })
  return taskId
}
