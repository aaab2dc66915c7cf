import type { Presentation, PresentationState } from '@vitrine/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { useDebounceFn, useEventListener } from '@vueuse/core'
import { computed, ref, shallowRef, watch } from 'vue'
import { api, isRefusal } from '../../api/client.ts'
import { blankPresentation, editedIn } from './presentation-state.ts'

/** How long after the last key the draft is saved. */
const saveAfterMs = 1_500

/**
 * The presentation of a service as it is edited. What is entered is saved as the draft a moment later. If somebody else has
 * saved or published in between, `theirs` is what they stored, until the person has chosen one of both. The service stays the same, because
 * answers come after the page has been left for that of another service.
 */
export const usePresentation = (id: string) => {
  const queries = useQueryClient()
  const key = ['services', 'presentation', id]
  const params = { id }
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api('GET /services/{id}/presentation', { params }, { signal }),
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
  })
  const edited = ref<Presentation>(blankPresentation())
  /** What the server has of it, to see whether there is anything to save. */
  const stored = shallowRef('')
  const theirs = shallowRef<Presentation | null>(null)
  /** The state that `edited` comes from. The page may have read a later one since, of which the person has seen nothing. */
  let revision = 0
  const isDirty = computed(() => data.value !== undefined && JSON.stringify(edited.value) !== stored.value)

  const begin = (state: PresentationState) => {
    edited.value = structuredClone(editedIn(state))
    stored.value = JSON.stringify(edited.value)
    revision = state.draft_revision
  }
  const keep = (state: PresentationState) => {
    queries.setQueryData(key, state)
    revision = state.draft_revision
  }
  watch(data, (state, before) => void (state && !before && begin(state)), { immediate: true })

  /** Lets the person choose between theirs and what somebody else has stored since, if that is another. */
  const meet = async (): Promise<void> => {
    const state = await api('GET /services/{id}/presentation', { params })
    keep(state)
    const other = editedIn(state)
    // Without a change of their own since the last save, keeping theirs is a change of what is stored now.
    stored.value = JSON.stringify(other)
    theirs.value = isDirty.value ? other : null
  }
  const save = useMutation({
    mutationFn: async () => {
      const text = JSON.stringify(edited.value)
      const body = { presentation: edited.value, revision }
      return { text, state: await api('PUT /services/{id}/presentation/draft', { params, body }) }
    },
    onSuccess: ({ text, state }) => {
      stored.value = text
      keep(state)
      if (isDirty.value) void saveLater()
    },
    onError: async (failure) => {
      if (!isRefusal(failure, 'presentation.changed')) return
      await meet()
      // Both have stored the same, so there is nothing to tell.
      if (theirs.value === null) save.reset()
    },
  })
  let saving: Promise<unknown> | null = null
  const saved = async (): Promise<void> => {
    while (saving) await saving
  }
  /** Saves what was entered, after a save that is under way: two at once would be a conflict of one person with themselves. */
  const saveNow = async (): Promise<void> => {
    // This does not wait for `saved`, because all callers that waited for one save would continue together, and each
    // would save.
    while (saving) await saving
    if (!isDirty.value || theirs.value) return
    saving = save.mutateAsync().catch(() => undefined)
    await saving
    saving = null
  }
  const saveLater = useDebounceFn(saveNow, saveAfterMs)
  watch(edited, () => void saveLater(), { deep: true })
  useEventListener(window, 'beforeunload', (event) => {
    if (isDirty.value) event.preventDefault()
  })

  const choose = async (mine: boolean) => {
    const other = theirs.value
    theirs.value = null
    save.reset()
    for (const change of [publish, discard, restore]) change.reset()
    if (mine) return saveNow()
    if (other) edited.value = structuredClone(other)
    stored.value = JSON.stringify(edited.value)
  }
  const afterChange = async (state: PresentationState) => {
    keep(state)
    begin(state)
    await queries.invalidateQueries({ queryKey: ['showcase'] })
  }
  /** Asks for a change of the stored draft. If it is another one by now, the person chooses first, unless both are equal. */
  const unlessChanged = async (ask: () => Promise<PresentationState>): Promise<PresentationState> => {
    try {
      return await ask()
    } catch (failure) {
      if (!isRefusal(failure, 'presentation.changed')) throw failure
      await meet()
      if (theirs.value) throw failure
      return ask()
    }
  }
  const publish = useMutation({
    mutationFn: async () => {
      await saveNow()
      // The draft that is stored is not what the person sees.
      if (isDirty.value && save.error.value) throw save.error.value
      // Text that is entered while the draft is being sent is not in it.
      const text = stored.value
      const ask = () => api('POST /services/{id}/presentation/publish', { params, body: { revision } })
      return { text, state: await unlessChanged(ask) }
    },
    onSuccess: async ({ text, state }) => {
      if (JSON.stringify(edited.value) === text) return afterChange(state)
      // Text that was entered in the meantime is the next draft.
      stored.value = text
      keep(state)
      await Promise.all([saveLater(), queries.invalidateQueries({ queryKey: ['showcase'] })])
    },
  })
  const discard = useMutation({
    mutationFn: async () => {
      await saved()
      return unlessChanged(() =>
        api('DELETE /services/{id}/presentation/draft', { params, query: { revision } }),
      )
    },
    onSuccess: afterChange,
  })
  const restore = useMutation({
    mutationFn: async (number: number) => {
      await saved()
      return unlessChanged(() =>
        api('POST /services/{id}/presentation/restore', { params, body: { number, revision } }),
      )
    },
    onSuccess: afterChange,
  })
  return { data, error, refetch, edited, isDirty, save, saveNow, theirs, choose, publish, discard, restore }
}
