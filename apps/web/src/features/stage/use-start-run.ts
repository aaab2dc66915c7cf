import type { EndpointInput } from '@vitrine/contract'
import { useMutation, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { ApiError, api } from '../../api/client.ts'
import { runListKey } from '../runs/run-queries.ts'
import { fieldProblems, sortProblems } from './field-problems.ts'

type RunBody = EndpointInput<'POST /runs'>['body']

/**
 * Starts runs. `onStarted` is not called if the page was left in the meantime, because the run would get into the
 * address of another page. Problems that the server reports are assigned to the form's fields, which have these `keys`.
 */
export const useStartRun = (onStarted: (runId: string, body: RunBody) => void, keys: () => string[]) => {
  const queries = useQueryClient()
  const start = useMutation({
    mutationFn: (body: RunBody) => api('POST /runs', { body }),
    onSuccess: (_started, body) => {
      void queries.invalidateQueries({ queryKey: runListKey(body.service_id) })
    },
  })
  const run = (body: RunBody) => start.mutate(body, { onSuccess: ({ run_id: id }) => onStarted(id, body) })
  const problems = computed(() => {
    const { error } = start
    const details = error.value instanceof ApiError ? error.value.details : undefined
    return sortProblems(fieldProblems(details), keys())
  })
  return { start, run, problems }
}
