import { api } from '../../api/client.ts'
import type { DeployOptions } from './options.ts'

/**
 * Starts to deploy a stored algorithm: its newest version or one commit. Resolves with the task's id.
 * @throws ApiError
 */
export const startDeploy = async (
  algorithmId: string,
  options: DeployOptions,
  commit?: string,
): Promise<string> => {
  const { task_id: taskId } = await api('POST /services/deploy', {
    body: {
      algorithm_id: algorithmId,
      service_id: options.id,
      ...(commit !== undefined && { ref: commit }),
      service_config: {
        ...(options.name !== '' && { name: options.name }),
        ...(options.port !== null && { port: options.port }),
      },
    },
  })
  return taskId
}
