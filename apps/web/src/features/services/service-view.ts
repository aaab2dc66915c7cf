import type { Service } from '@vitrine/contract'
import { serviceTone, type Tone } from '../../shared/service-tone.ts'

/** Groups of states by which the table is filtered. */
export const stateGroups = ['all', 'good', 'attention', 'busy', 'rest'] as const
/** A group of states. */
export type StateGroup = (typeof stateGroups)[number]

const groupOfTone: Record<Tone, Exclude<StateGroup, 'all'>> = {
  good: 'good',
  busy: 'busy',
  warning: 'attention',
  bad: 'attention',
  rest: 'rest',
}
/** The group that a service belongs to now. */
export const stateGroup = (service: Pick<Service, 'status' | 'health'>): Exclude<StateGroup, 'all'> =>
  groupOfTone[serviceTone(service.status, service.health)]

/** How many services are in each group. */
export const countByGroup = (services: readonly Service[]): Record<StateGroup, number> => {
  const counts: Record<StateGroup, number> = { all: services.length, good: 0, attention: 0, busy: 0, rest: 0 }
  for (const service of services) counts[stateGroup(service)]++
  return counts
}

/** Columns that the table can be sorted by. */
export const sortColumns = ['name', 'port', 'release', 'cpu', 'memory'] as const
/** A column to sort by. */
export type SortColumn = (typeof sortColumns)[number]

const sum = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
/** What all instances of a service use together: processor cores, bytes of memory; null where nothing is measured. */
export const usage = (
  service: Pick<Service, 'instances'>,
): { cpu: number | null; memoryBytes: number | null } => ({
  cpu: sum(service.instances.map((instance) => instance.cpu)),
  memoryBytes: sum(service.instances.map((instance) => instance.memory_bytes)),
})

const sortValue: Record<SortColumn, (service: Service) => string | number | null> = {
  name: (service) => service.name,
  port: (service) => service.front_port,
  release: (service) => service.release,
  cpu: (service) => usage(service).cpu,
  memory: (service) => usage(service).memoryBytes,
}

/** Sorts by a word as it stands in the address: `cpu` ascending, `-cpu` descending; what has no value comes last. */
export const sortServices = (services: readonly Service[], sort: string, locale: string): Service[] => {
  const descending = sort.startsWith('-')
  const column = sortColumns.find((name) => name === sort.replace(/^-/, '')) ?? 'name'
  const value = sortValue[column]
  const inOrder = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), locale)
  return services.toSorted((first, second) => {
    const [a, b] = [value(first), value(second)]
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return descending ? inOrder(b, a) : inOrder(a, b)
  })
}
