import type { Json, Stage } from '@vitrine/contract'
import { computed, shallowRef, watch, type Ref } from 'vue'
import { draftOfExample, type Draft } from '../stage/draft.ts'
import { stageKey, targetOf, type SetupColumn } from './setup-columns.ts'
import { draftFor, exampleValuesOf, firstDraft, type StartInput } from './setup-draft.ts'
import { isReady, setupForms } from './setup-forms.ts'
import { useSetupColumns } from './use-setup-columns.ts'
import { useSetupStages } from './use-setup-stages.ts'

/**
 * The start of a new comparison: the input of an earlier run or comparison, or a demo input of the first
 * algorithm.
 */
export type SetupStart = StartInput & { columns: SetupColumn[] }

/**
 * The state of a new comparison: its columns and its one input, which is entered in the way of the first
 * column's algorithm. If the input does not fit a new first algorithm, a demo input replaces it.
 */
export const useSetup = (start: Ref<SetupStart | null>) => {
  const { columns, begin, change, add, remove } = useSetupColumns()
  const { stages, failure } = useSetupStages(columns)
  const draft = shallowRef<Draft | null>(null)
  let draftOf: Stage | null = null
  const firstStage = computed(() => columns.value[0] && stages.value.get(stageKey(columns.value[0])))

  watch(
    start,
    (now) => {
      if (now === null) return
      begin(now.columns)
      draft.value = null
      draftOf = null
    },
    { immediate: true },
  )
  watch(
    [firstStage, start],
    ([stage, from]) => {
      if (stage === undefined || from === null) return
      if (draftOf?.service_id === stage.service_id && draftOf.release === stage.release) return
      draft.value = draftOf === null ? firstDraft(stage, from) : draftFor(stage, draftOf, draft.value)
      draftOf = stage
    },
    { immediate: true },
  )

  const exampleValues = computed(() => exampleValuesOf(draft.value, firstStage.value))
  const forms = computed(() => setupForms(columns.value, stages.value, exampleValues.value))
  const ready = computed(() => isReady(draft.value, forms.value))
  const targets = computed(() => forms.value.map(({ column, values }) => targetOf(column, values)))

  const chooseExample = (index: number) => {
    if (firstStage.value !== undefined) draft.value = draftOfExample(firstStage.value, index)
  }
  const giveInput = (inputData: Json[]) => {
    if (draft.value !== null) draft.value = { ...draft.value, source: { type: 'own' }, inputData }
  }
  return {
    columns,
    draft,
    firstStage,
    forms,
    ready,
    targets,
    failure,
    change,
    add,
    remove,
    chooseExample,
    giveInput,
  }
}
