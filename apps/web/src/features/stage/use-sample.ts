import type { Stage } from '@vitrine/contract'
import { computed, type Ref } from 'vue'
import { useRun } from '../runs/use-run.ts'

/**
 * The platform's own run of a demo input, so that a stage opens with a real result. `name` is that of the
 * demo input. `waiting` is true while the run is loaded. If there is none, or it cannot be read, everything
 * is null.
 */
export const useSample = (stage: Ref<Stage | undefined>, demo: Ref<number | null>) => {
  const id = computed(
    () => stage.value?.samples.find(({ example }) => example === demo.value)?.run_id ?? null,
  )
  const { state: read, error } = useRun(id)
  const state = computed(() =>
    read.value !== null && read.value.id === id.value && read.value.run !== null ? read.value : null,
  )
  const waiting = computed(() => id.value !== null && state.value === null && error.value === null)
  const name = computed(() =>
    state.value === null || demo.value === null ? null : (stage.value?.examples[demo.value]?.name ?? null),
  )
  return { state, waiting, name }
}
