import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { isUnreachable } from '../../api/errors.ts'
import { openEvents } from '../../api/events.ts'
import { runKey, runListKey } from './run-queries.ts'
import { useRunSource } from './run-source.ts'
import {
  isFinished,
  newRunState,
  nextRunState,
  type RunEvent,
  type RunEvents,
  type RunState,
} from './run-state.ts'

/**
 * Follows one run: its stored state, and its events while it is running. Null id: no run. `error` is set if
 * the run cannot be read (deleted, or of another person), but not while the server cannot be asked about a run that was read
 * before. `isCutOff`: its events do not arrive now, and come again by themselves.
 */
export const useRun = (id: MaybeRefOrGetter<string | null>) => {
  const queries = useQueryClient()
  const source = useRunSource()
  const state = shallowRef<RunState | null>(null)
  const isCutOff = ref(false)
  const wantedId = computed(() => toValue(id) ?? '')
  const query = useQuery({
    queryKey: computed(() => runKey(wantedId.value)),
    queryFn: ({ signal }) => source.read(wantedId.value, signal),
    enabled: computed(() => toValue(id) !== null),
  })
  let stream: { id: string; close: () => void } | null = null

  const close = () => {
    stream?.close()
    stream = null
    isCutOff.value = false
  }
  const applyEvent = (event: RunEvent) => {
    if (state.value === null) return
    const before = state.value
    state.value = nextRunState(before, event)
    const { status, run } = state.value
    if (!isFinished(status)) return
    if (run !== null && isFinished(run.status)) {
      close()
      queries.setQueryData(runKey(run.id), run)
      if (!isFinished(before.status) || before.run === null)
        void queries.invalidateQueries({ queryKey: runListKey(run.service_id) })
      return
    }
    // The algorithm's answer came first. Read the stored run, in case its last event is lost.
    if (event.event === 'completed') void query.refetch()
  }
  const follow = (runId: string) => {
    if (stream?.id === runId) return
    close()
    const on =
      <Name extends keyof RunEvents>(make: (data: RunEvents[Name]) => RunEvent) =>
      (data: RunEvents[Name]) => {
        if (state.value?.id === runId) applyEvent(make(data))
      }
    const handlers = {
      status: on<'status'>((data) => ({ event: 'status', data })),
      start: on<'start'>((data) => ({ event: 'start', data })),
      progress: on<'progress'>((data) => ({ event: 'progress', data })),
      output: on<'output'>((data) => ({ event: 'output', data })),
      log: on<'log'>((data) => ({ event: 'log', data })),
      completed: on<'completed'>((data) => ({ event: 'completed', data })),
    }
    const opened = openEvents<RunEvents>(source.eventsPath(runId), handlers, {
      onState: (now) => {
        if (now !== 'connecting') isCutOff.value = now === 'waiting'
        if (now === 'open' && state.value?.id === runId) applyEvent({ event: 'connected' })
      },
    })
    stream = { id: runId, close: opened.close }
  }

  watch(
    [() => toValue(id), query.data],
    ([wanted, run]) => {
      if (state.value?.id !== wanted) {
        close()
        state.value = wanted === null ? null : newRunState(wanted)
      }
      if (wanted === null || run?.id !== wanted) return
      applyEvent({ event: 'status', data: run })
      if (!isFinished(run.status)) follow(wanted)
    },
    { immediate: true },
  )
  onScopeDispose(close)

  const cancel = useMutation({
    mutationFn: async () => {
      const runId = toValue(id)
      if (runId !== null) applyEvent({ event: 'status', data: await source.cancel(runId) })
    },
  })
  const error = computed(() => {
    const isKnown = query.data.value?.id === toValue(id)
    return isKnown && isUnreachable(query.error.value) ? null : query.error.value
  })
  return { state, error, isCutOff, retry: query.refetch, cancel }
}
