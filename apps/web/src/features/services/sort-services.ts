import type { Service } from '@vitrine/contract'
import { stateGroup, stateGroups, usage } from './service-view.ts'

/** Columns that the table can be sorted by. */
export const sortColumns = ['name', 'state', 'port', 'release', 'cpu', 'memory'] as const
/** A column to sort by. */
export type SortColumn = (typeof sortColumns)[number]

const sortValue: Record<SortColumn, (service: Service) => string | number | null> = {
  name: (service) => service.name,
  // Services that need attention come first.
  state: (service) => stateGroups.indexOf(stateGroup(service)),
  port: (service) => service.front_port,
  release: (service) => service.release,
  cpu: (service) => usage(service).cpu,
  memory: (service) => usage(service).memoryBytes,
}

/** Sorts by a key as in the address: `cpu` ascending, `-cpu` descending. Services without a value come last. */
export const sortServices = (services: readonly Service[], sort: string, locale: string): Service[] => {
  const descending = sort.startsWith('-')
  const column = sortColumns.find((name) => name === sort.replace(/^-/, '')) ?? 'name'
  const value = sortValue[column]
  // One collator for all comparisons, because creating it takes most of the time.
  const { compare } = new Intl.Collator(locale)
  const inOrder = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b))
  return services.toSorted((first, second) => {
    const [a, b] = [value(first), value(second)]
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return descending ? inOrder(b, a) : inOrder(a, b)
  })
}
