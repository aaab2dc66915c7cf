import { bounds } from '@vitrine/contract/limits'
import { ref, type Ref } from 'vue'
import type { SetupColumn } from './setup-columns.ts'

/** The columns of a new comparison, limited to the allowed number. */
export const useSetupColumns = () => {
  const columns: Ref<SetupColumn[]> = ref([])
  let nextKey = 0
  /** Replaces all columns. */
  const begin = (from: readonly SetupColumn[]) => {
    columns.value = from.map((column) => ({ ...column, key: nextKey++ }))
  }
  const change = (key: number, part: Partial<SetupColumn>) => {
    columns.value = columns.value.map((column) => (column.key === key ? { ...column, ...part } : column))
  }
  const add = () => {
    const last = columns.value.at(-1)
    if (last === undefined || columns.value.length >= bounds.comparisonTargets.max) return
    columns.value = [
      ...columns.value,
      { key: nextKey++, serviceId: last.serviceId, release: null, parameters: null },
    ]
  }
  const remove = (key: number) => {
    if (columns.value.length > bounds.comparisonTargets.min)
      columns.value = columns.value.filter((column) => column.key !== key)
  }
  return { columns, begin, change, add, remove }
}
