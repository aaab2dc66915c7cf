import type { Json, Run, Stage } from '@vitrine/contract'
import { openingExample } from '@vitrine/contract/opening-example'
import { shallowRef, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { draftOfExample, draftOfRun, type Draft } from './draft.ts'
import type { FormValues } from './schema-form.ts'

const oneOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/**
 * The draft of a stage's next run, in step with the address: `?example=<n>` chooses a demo input, and
 * `?run=<id>` the input of that run. Without either it is the first demo input in the reader's
 * language, so that one click shows a result.
 */
export const useDraft = (
  stage: Ref<Stage | undefined>,
  shown: { run: Ref<Run | null>; missing: Ref<boolean> },
) => {
  const route = useRoute()
  const router = useRouter()
  const { locale } = useI18n()
  const draft = shallowRef<Draft | null>(null)
  /** The demo input whose result may be shown: the last chosen one, even while its text is being edited. */
  const demo = shallowRef<number | null>(null)
  let takenRun: string | null = null

  const setQuery = (change: Record<string, string | undefined>) =>
    router.replace({ query: { ...route.query, ...change } })

  watch(
    [stage, shown.run, shown.missing],
    ([now, run, missing]) => {
      if (now === undefined) return
      if (run !== null && run.service_id === now.service_id && takenRun !== run.id) {
        takenRun = run.id
        draft.value = draftOfRun(now, run)
      } else if (draft.value === null && (missing || oneOf(route.query.run) === null)) {
        draft.value = draftOfExample(
          now,
          Number(oneOf(route.query.example) ?? openingExample(now.examples, locale.value)),
        )
        if (draft.value.source.type === 'example') demo.value = draft.value.source.index
      }
    },
    { immediate: true },
  )

  const chooseExample = (index: number) => {
    if (stage.value === undefined) return
    draft.value = draftOfExample(stage.value, index)
    demo.value = index
    void setQuery({ example: String(index), run: undefined })
  }
  /**
   * Sets the person's own input. The result of the old media file is removed, because it would be drawn on
   * the wrong picture.
   */
  const giveInput = (inputData: Json[], keepResult: boolean) => {
    if (draft.value === null) return
    draft.value = { ...draft.value, source: { type: 'own' }, inputData }
    if (!keepResult) demo.value = null
    if (oneOf(route.query.example) !== null || !keepResult)
      void setQuery({ example: undefined, ...(!keepResult && { run: undefined }) })
  }
  const setParameters = (parameters: FormValues) => {
    if (draft.value !== null) draft.value = { ...draft.value, parameters }
  }
  /** Puts a run into the address. If the run was started here, this draft is already the right one. */
  const showRun = (id: string, own: boolean) => {
    if (own) takenRun = id
    void router.push({ query: { ...route.query, run: id } })
  }
  return { draft, demo, chooseExample, giveInput, setParameters, showRun }
}
