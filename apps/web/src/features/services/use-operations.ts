import type { Service } from '@vitrine/contract'
import { useQueryClient } from '@tanstack/vue-query'
import { reactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '../../api/client.ts'
import { useErrorText } from '../../shared/error-text.ts'
import { endOfTask } from '../tasks/use-task.ts'
import { reasonParts } from './service-view.ts'

/** The operations on an existing service. */
export type Operation = 'start' | 'stop' | 'restart' | 'delete'

const send = (operation: Operation, id: string): Promise<{ task_id: string }> => {
  const input = { params: { id } }
  if (operation === 'start') return api('POST /services/start/{id}', input)
  if (operation === 'stop') return api('POST /services/stop/{id}', input)
  if (operation === 'restart') return api('POST /services/restart/{id}', input)
  return api('DELETE /services/{id}', input)
}

/** Starts, stops, restarts and deletes services. `busy` has the running operation for each id. */
export const useOperations = () => {
  const { t } = useI18n()
  const queries = useQueryClient()
  const errorText = useErrorText()
  const busy = reactive(new Map<string, Operation>())
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['services'] }),
      queries.invalidateQueries({ queryKey: ['tasks', 'list'] }),
    ])

  const follow = async (operation: Operation, service: Service, taskId: string): Promise<void> => {
    const task = await endOfTask(taskId)
    const names = { name: service.name }
    if (task.state === 'succeeded') ElMessage.success(t(`services.done.${operation}`, names))
    else if (task.error !== null)
      // Only the sentence. The log lines after it are on the task's page.
      ElMessage.error({
        message: `${service.name}: ${reasonParts(task.error.message).sentence}`,
        duration: 10_000,
        showClose: true,
      })
  }

  /**
   * Requests the operation and follows it to its end in the background.
   * @throws ApiError if the server refuses it
   */
  const operate = async (operation: Operation, service: Service): Promise<void> => {
    busy.set(service.id, operation)
    try {
      const { task_id: taskId } = await send(operation, service.id)
      void follow(operation, service, taskId)
        .catch((error: unknown) => ElMessage.error(`${service.name}: ${errorText(error)}`))
        .finally(() => {
          busy.delete(service.id)
          return refresh()
        })
      await refresh()
    } catch (error) {
      busy.delete(service.id)
      throw error
    }
  }
  return { busy, operate }
}

/** Whether an operation is possible in a service's present state. */
export const isPossible = (
  operation: Operation,
  service: Pick<Service, 'status' | 'desired' | 'release' | 'asleep'>,
): boolean => {
  const isUp = service.desired === 'running'
  if (operation === 'delete') return true
  if (service.release === null) return false
  if (operation === 'start')
    return !isUp || service.asleep || service.status === 'FATAL' || service.status === 'EXITED'
  return operation === 'stop' ? isUp : service.status !== 'STOPPED'
}
