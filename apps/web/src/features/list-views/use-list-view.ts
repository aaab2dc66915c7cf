import { listPageSizes } from '@vitrine/contract/limits'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useUrlState } from '../../shared/use-url-state.ts'
import { queryOfView, shownColumns, viewQuery, type ListColumn, type ListView } from './list-preference.ts'
import { useListPreferences, type ListName } from './list-preferences.ts'

/** How long the preferences of the account count as current, in milliseconds. */
const currentMs = 60_000

/**
 * How a person sees a list: its columns, the rows of a page and their views. `filters` are the names in the address that belong to a view.
 * Columns and rows in the address count before the preference of the person, so a link shows everybody the same. Without `columns`
 * or `pageSize`, the list has no choice of them. `at` are the names in the address that say where on its page the list is: a view stays there.
 */
export const useListView = <Column extends ListColumn>(options: {
  list: ListName
  columns?: MaybeRefOrGetter<readonly Column[]>
  filters?: readonly string[]
  pageSize?: number
  at?: readonly string[]
}) => {
  const { list, columns: all = [], filters = [], pageSize: usual, at = [] } = options
  const route = useRoute()
  const router = useRouter()
  const preferences = useListPreferences()
  const preference = preferences.of(list)
  useQuery({ queryKey: ['list-preferences'], queryFn: preferences.read, staleTime: currentMs })

  const columnsInAddress = useUrlState('columns', '')
  const sizeInAddress = useUrlState('size', '')
  const names = [...filters, ...(options.columns ? ['columns'] : []), ...(usual ? ['size'] : [])]
  const wanted = computed(() =>
    columnsInAddress.value === '' ? preference.value.columns : columnsInAddress.value.split(','),
  )
  const columns = computed(() => shownColumns(toValue(all), wanted.value))
  const pageSize = computed<number>(
    () =>
      listPageSizes.find((size) => String(size) === sizeInAddress.value) ??
      preference.value.page_size ??
      usual ??
      listPageSizes[1],
  )
  /** The view that the address shows, with the columns that it has now. */
  const shownQuery = computed(() => {
    const free = columns.value.filter(({ fixed }) => !fixed).map(({ key }) => key)
    const query = {
      ...route.query,
      ...(options.columns && { columns: free.join(',') || 'none' }),
      ...(usual !== undefined && { size: String(pageSize.value) }),
    }
    return viewQuery(query, names)
  })
  const active = computed(
    () => preference.value.views.find(({ query }) => query === shownQuery.value) ?? null,
  )
  const queryAt = ({ query }: ListView) => ({
    ...queryOfView(viewQuery(route.query, at), at),
    ...queryOfView(query, names),
  })
  const addressOf = (view: ListView): string =>
    router.resolve({ path: route.path, query: queryAt(view) }).href
  const open = (view: ListView) => router.push({ query: queryAt(view) })
  /** Lets the preference of the person count again instead of what a view or a link has in the address. */
  const leaveChoice = () => {
    columnsInAddress.value = ''
    sizeInAddress.value = ''
  }
  return {
    list,
    all: computed(() => toValue(all)),
    columns,
    pageSize,
    hasPageSize: usual !== undefined,
    hasViews: filters.length > 0,
    preference,
    shownQuery,
    active,
    addressOf,
    open,
    leaveChoice,
  }
}

/** How a person sees a list. */
export type ListViewState = ReturnType<typeof useListView>
