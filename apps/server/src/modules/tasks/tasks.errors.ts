import { defineError } from '../../lib/errors.ts'

export const taskNotFound = defineError<{ task_id: string }>({
  code: 'task.not_found',
  zh: ({ task_id }) => `没有任务 ${task_id}`,
  en: ({ task_id }) => `There is no task ${task_id}`,
})

export const taskEnded = defineError<{ task_id: string; state: string }>({
  code: 'task.ended',
  zh: ({ state }) => `任务已经结束（${state}），不能取消`,
  en: ({ state }) => `The task has already ended (${state}) and cannot be cancelled`,
})

export const taskNotRetryable = defineError<{ task_id: string; kind: string; state: string }>({
  code: 'task.not_retryable',
  zh: () => '只有失败或取消了的部署和回滚可以重试',
  en: () => 'Only a failed or cancelled deploy or rollback can be retried',
})

export const taskPreempted = defineError({
  code: 'task.preempted',
  zh: () => '任务已取消：服务的另一项操作优先',
  en: () => 'The task was cancelled because another operation on the service came first',
})

/** `zh` and `en`: what the task leaves behind, which somebody must look after. */
export const taskCancelled = defineError<{ zh?: string; en?: string }>({
  code: 'task.cancelled',
  zh: ({ zh }) => (zh === undefined ? '任务已取消' : `任务已取消。${zh}`),
  en: ({ en }) => (en === undefined ? 'The task was cancelled' : `The task was cancelled. ${en}`),
})
