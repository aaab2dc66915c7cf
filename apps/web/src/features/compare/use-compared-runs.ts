import type { Comparison, EndpointEvents } from '@vitrine/contract'
import { useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { openEvents } from '../../api/events.ts'
import { runKey } from '../runs/run-queries.ts'
import { isFinished, newRunState, nextRunState, type RunEvent, type RunState } from '../runs/run-state.ts'

/**
 * Follows the runs of a comparison by one event stream for all, while any of them is running. `pushed` is
 * true while the stream is open. `ended` is called when the last run has ended. `applyEvent` adds a run that was
 * read in another way.
 */
export const useComparedRuns = (
  comparison: () => Comparison | undefined,
  { pushed, ended }: { pushed: Ref<boolean>; ended: () => void },
) => {
  const queries = useQueryClient()
  const states = shallowRef<ReadonlyMap<string, RunState>>(new Map())
  const runIds = computed(() => (comparison()?.cells ?? []).flatMap((cell) => cell.run_id ?? []))
  let stream: { id: string; close: () => void } | null = null

  const close = () => {
    stream?.close()
    stream = null
    pushed.value = false
  }
  const applyEvent = (runId: string, event: RunEvent) => {
    const before = states.value.get(runId) ?? newRunState(runId)
    states.value = new Map(states.value).set(runId, nextRunState(before, event))
  }
  const isOver = (runId: string) => isFinished(states.value.get(runId)?.run?.status ?? 'queued')
  const hear = (runId: string, event: RunEvent) => {
    applyEvent(runId, event)
    if (event.event !== 'status' || !isFinished(event.data.status)) return
    queries.setQueryData(runKey(runId), event.data)
    if (!runIds.value.every(isOver)) return
    close()
    ended()
  }
  const follow = (id: string) => {
    close()
    const opened = openEvents<EndpointEvents<'GET /comparisons/{id}/events'>>(
      `/comparisons/${encodeURIComponent(id)}/events`,
      { run: (event) => hear(event.run_id, event) },
      {
        onState: (now) => {
          pushed.value = now === 'open'
          if (pushed.value) for (const runId of runIds.value) applyEvent(runId, { event: 'connected' })
        },
      },
    )
    stream = { id, close: opened.close }
  }

  watch(
    comparison,
    (now) => {
      if (now === undefined || isFinished(now.status)) close()
      else if (stream?.id !== now.id) follow(now.id)
    },
    { immediate: true },
  )
  onScopeDispose(close)
  const runs = computed(() => runIds.value.flatMap((runId) => states.value.get(runId) ?? []))
  return { runIds, runs, applyEvent }
}
