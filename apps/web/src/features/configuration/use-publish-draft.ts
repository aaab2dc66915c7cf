import { useMutation } from '@tanstack/vue-query'
import { api } from '../../api/client.ts'
import { namedBy, type Owner } from './config-draft.ts'
import { useConfigurationChanged } from './use-configuration.ts'

/** Which changes of a draft are published, over which newer values, why, and how they reach the instances. */
export type Publication = {
  ids: string[]
  over: Record<string, number>
  reason: string
  apply: boolean
  canary: boolean
}

/** Publishes one's draft. `saved` is told the task that replaces the instances, or tries the change; then `close` is called. */
export const usePublishDraft = (
  owner: () => Owner,
  publication: () => Publication,
  { saved, close }: { saved: (taskId: string | null, isTried: boolean) => void; close: () => void },
) => {
  const changed = useConfigurationChanged()
  return useMutation({
    mutationFn: () => api('POST /config/draft/publish', { body: { ...namedBy(owner()), ...publication() } }),
    onSuccess: ({ message, task_id: taskId, golden_examples: tried }) => {
      // First: a dialog that is closed is removed, and what a removed component emits reaches nobody.
      saved(taskId, tried !== null)
      close()
      if (taskId === null) ElMessage.success(message)
      return changed()
    },
    // The new values are shown together with the reason why nothing was published.
    onError: () => changed(),
  })
}
