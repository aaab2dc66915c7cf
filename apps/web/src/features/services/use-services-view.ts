import type { Service, ServiceGroup } from '@vitrine/contract'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { usePreferences } from '../../app/preferences.ts'
import { useUrlState } from '../../shared/use-url-state.ts'
import { useSelection } from './selection.ts'
import { countByGroup, matchingServices, stateGroup, stateGroups } from './service-view.ts'
import { sortServices } from './sort-services.ts'
import { linesOf, sectionsOf, ungrouped } from './table-lines.ts'
import { useGroups } from './use-groups.ts'
import { useServices } from './use-services.ts'

/**
 * The view of all services. Search, state, group and order are in the address; folded groups are a
 * preference of the person.
 */
export const useServicesView = () => {
  const { locale } = useI18n()
  const q = useUrlState('q', '')
  const state = useUrlState('state', 'all', stateGroups)
  const only = useUrlState('group', 'all')
  const sort = useUrlState('sort', 'name')
  const services = useServices()
  const groupQuery = useGroups()

  const all = computed<Service[]>(() => services.data.value?.items ?? [])
  const byId = computed(() => new Map(all.value.map((service) => [service.id, service])))
  const groups = computed<ServiceGroup[]>(() => groupQuery.data.value?.items ?? [])
  // A link to a group that has been deleted shows all services.
  const onlyKey = computed(() =>
    only.value === ungrouped || groups.value.some(({ id }) => id === only.value) ? only.value : null,
  )
  const groupCounts = computed(
    () =>
      new Map(
        sectionsOf(all.value, groups.value, { keepEmpty: true, only: null }).map((section) => [
          section.key,
          section.services.length,
        ]),
      ),
  )

  const matching = computed(() => matchingServices(all.value, q.value))
  const inGroup = computed(() =>
    sectionsOf(matching.value, groups.value, { keepEmpty: false, only: onlyKey.value }).flatMap(
      (section) => section.services,
    ),
  )
  const counts = computed(() => countByGroup(inGroup.value))
  const isFiltered = computed(() => q.value !== '' || state.value !== 'all')
  const sections = computed(() => {
    const shown = inGroup.value.filter(
      (service) => state.value === 'all' || stateGroup(service) === state.value,
    )
    return sectionsOf(sortServices(shown, sort.value, locale.value), groups.value, {
      keepEmpty: !isFiltered.value,
      only: onlyKey.value,
    })
  })

  const preferences = usePreferences()
  const collapsed = computed(() => new Set(preferences.foldedGroups))
  const fold = (key: string) => void preferences.foldGroup(key)
  const lines = computed(() => linesOf(sections.value, collapsed.value))
  const ids = computed(() => sections.value.flatMap((section) => section.services.map(({ id }) => id)))
  const inSight = computed(() => lines.value.flatMap((line) => (line.kind === 'service' ? [line.key] : [])))
  const selection = useSelection(ids, inSight)
  const chosen = computed(() => selection.ids.value.flatMap((id) => byId.value.get(id) ?? []))
  const showAll = () => {
    q.value = ''
    state.value = 'all'
    only.value = 'all'
  }
  return {
    q,
    state,
    only,
    sort,
    services,
    groups,
    byId,
    counts,
    groupCounts,
    lines,
    ids,
    collapsed,
    fold,
    selection,
    chosen,
    showAll,
  }
}
