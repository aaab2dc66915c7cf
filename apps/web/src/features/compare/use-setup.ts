import type { Json, Stage } from '@vitrine/contract'
import { useQueries } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '../../api/client.ts'
import { blankDraft, draftOfExample, isComplete, type Draft } from '../stage/draft.ts'
import { formFields, type FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'
import { columnLimits, columnValues, targetOf, type SetupColumn } from './setup-columns.ts'

/** What a new comparison starts from: an earlier run's or comparison's input, or a demo input of the first algorithm. */
export type SetupStart = {
  columns: SetupColumn[]
  example: number
  inputData: Json[] | null
}

/**
 * The state of a comparison that is being put together: its columns and the one input, which is given in the way of
 * the first column's algorithm. An input that no longer fits when that algorithm changes gives way to a demo input.
 */
export const useSetup = (start: Ref<SetupStart | null>) => {
  const columns = ref<SetupColumn[]>([])
  const draft = shallowRef<Draft | null>(null)
  let draftOf: Stage | null = null
  let nextKey = 0

  const serviceIds = computed(() => [...new Set(columns.value.map(({ serviceId }) => serviceId))])
  const found = useQueries({
    queries: computed(() =>
      serviceIds.value.map((id) => ({
        queryKey: ['showcase', 'stage', id],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          api('GET /showcase/{id}', { params: { id } }, { signal }),
      })),
    ),
  })
  const stages = computed(
    () => new Map(found.value.flatMap(({ data }) => (data === undefined ? [] : [[data.service_id, data]]))),
  )
  const failure = computed(() => found.value.find(({ error }) => error !== null)?.error ?? null)
  const firstStage = computed(() => stages.value.get(columns.value[0]?.serviceId ?? ''))

  watch(
    start,
    (now) => {
      if (now === null) return
      columns.value = now.columns.map((column) => ({ ...column, key: nextKey++ }))
      draft.value = null
      draftOf = null
    },
    { immediate: true },
  )
  watch(
    [firstStage, start],
    ([stage, from]) => {
      if (stage === undefined || from === null || draftOf?.service_id === stage.service_id) return
      const before = draftOf
      draftOf = stage
      const given = before === null ? from.inputData : null
      if (given !== null)
        draft.value = { ...blankDraft(stage), source: sourceOf(stage, given), inputData: given }
      else if (before === null || draft.value === null || !fitsInput(before, stage))
        draft.value = draftOfExample(stage, before === null ? from.example : 0)
      else draft.value = { ...draft.value, source: sourceOf(stage, draft.value.inputData) }
    },
    { immediate: true },
  )

  const exampleValues = computed((): FormValues => {
    const { value } = draft
    if (value?.source.type !== 'example') return {}
    return firstStage.value?.examples[value.source.index]?.parameters ?? {}
  })
  const valuesOf = (place: number): FormValues => {
    const stage = stages.value.get(columns.value[place]?.serviceId ?? '')
    return stage === undefined ? {} : columnValues(columns.value, place, stage, exampleValues.value)
  }
  const forms = computed(() =>
    columns.value.map((column, place) => {
      const stage = stages.value.get(column.serviceId)
      return {
        column,
        stage,
        fields: stage === undefined ? [] : formFields(stage.manifest.parameters),
        values: valuesOf(place),
        fits: stage === undefined || firstStage.value === undefined || fitsInput(firstStage.value, stage),
      }
    }),
  )
  const ready = computed(
    () =>
      draft.value !== null &&
      isComplete(draft.value) &&
      forms.value.length >= columnLimits.fewest &&
      forms.value.every(({ stage, fits }) => stage !== undefined && fits),
  )
  const targets = computed(() => forms.value.map(({ column, values }) => targetOf(column, values)))

  const change = (key: number, part: Partial<SetupColumn>) => {
    columns.value = columns.value.map((column) => (column.key === key ? { ...column, ...part } : column))
  }
  const add = () => {
    const last = columns.value.at(-1)
    if (last === undefined || columns.value.length >= columnLimits.most) return
    columns.value = [
      ...columns.value,
      { key: nextKey++, serviceId: last.serviceId, release: null, parameters: null },
    ]
  }
  const remove = (key: number) => {
    if (columns.value.length > columnLimits.fewest)
      columns.value = columns.value.filter((column) => column.key !== key)
  }
  const chooseExample = (index: number) => {
    if (firstStage.value !== undefined) draft.value = draftOfExample(firstStage.value, index)
  }
  const giveInput = (inputData: Json[]) => {
    if (draft.value !== null) draft.value = { ...draft.value, source: { type: 'own' }, inputData }
  }
  return {
    ...{ columns, draft, firstStage, forms, ready, targets, failure },
    ...{ change, add, remove, chooseExample, giveInput },
  }
}

/** The demo input that some data is, if it is one of this algorithm. */
const sourceOf = (stage: Stage, inputData: Json[]): Draft['source'] => {
  const same = JSON.stringify(inputData)
  const index = stage.examples.findIndex((example) => JSON.stringify(example.input_data) === same)
  return index < 0 ? { type: 'own' } : { type: 'example', index }
}
