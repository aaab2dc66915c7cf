import { computed, shallowRef, type Ref } from 'vue'

/**
 * The selection after `id` is toggled. With a range, every row from the last toggled one (`from`) to it gets
 * the same state, in the order of the page. Pure.
 */
export const toggleRows = (
  selected: ReadonlySet<string>,
  id: string,
  range: { from: string; order: readonly string[] } | null,
): Set<string> => {
  const on = !selected.has(id)
  const [start, end] = range === null ? [-1, -1] : [range.order.indexOf(range.from), range.order.indexOf(id)]
  const ids =
    range === null || start < 0 || end < 0
      ? [id]
      : range.order.slice(Math.min(start, end), Math.max(start, end) + 1)
  const next = new Set(selected)
  for (const each of ids)
    if (on) next.add(each)
    else next.delete(each)
  return next
}

/** How much of a list is selected. */
export const selectionState = (
  ids: readonly string[],
  selected: ReadonlySet<string>,
): 'none' | 'some' | 'all' => {
  const count = ids.filter((id) => selected.has(id)).length
  return count === 0 ? 'none' : count === ids.length ? 'all' : 'some'
}

/**
 * The selection in a list. `shown` are the ids that match the search: actions apply only to these, but others
 * stay selected until they are shown again. `order` are the visible ids, for ranges.
 */
export const useSelection = (
  shown: Readonly<Ref<readonly string[]>>,
  order: Readonly<Ref<readonly string[]>>,
) => {
  const ticked = shallowRef<ReadonlySet<string>>(new Set())
  let last: string | null = null
  const ids = computed(() => shown.value.filter((id) => ticked.value.has(id)))
  return {
    ticked,
    ids,
    /** Toggles one row, or with `range` all rows from the last one to it. */
    toggle: (id: string, range: boolean) => {
      ticked.value = toggleRows(
        ticked.value,
        id,
        range && last !== null ? { from: last, order: order.value } : null,
      )
      last = id
    },
    /** Selects all of these, or none if all are already selected. */
    toggleAll: (of: readonly string[]) => {
      const next = new Set(ticked.value)
      const off = selectionState(of, next) === 'all'
      for (const id of of)
        if (off) next.delete(id)
        else next.add(id)
      ticked.value = next
      last = null
    },
    clear: () => {
      ticked.value = new Set()
      last = null
    },
  }
}
