import { computed, shallowRef, type Ref } from 'vue'

/**
 * The selection after a tick at `id`. With a range everything from the last tick (`from`) to it becomes as it becomes, in the
 * order in which the ids are shown. Pure.
 */
export const tick = (
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
export const extent = (ids: readonly string[], selected: ReadonlySet<string>): 'none' | 'some' | 'all' => {
  const count = ids.filter((id) => selected.has(id)).length
  return count === 0 ? 'none' : count === ids.length ? 'all' : 'some'
}

/**
 * What is ticked in a list. `shown` are the ids that match what is searched: what does not, is not acted upon, but is still
 * ticked when it is shown again. `order` are those in sight, for ranges.
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
    /** Ticks one, or with `range` all from the last one to it. */
    toggle: (id: string, range: boolean) => {
      ticked.value = tick(
        ticked.value,
        id,
        range && last !== null ? { from: last, order: order.value } : null,
      )
      last = id
    },
    /** Ticks all of these, or none of them where they all are. */
    toggleAll: (of: readonly string[]) => {
      const next = new Set(ticked.value)
      const off = extent(of, next) === 'all'
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
