import { statusClasses } from '@vitrine/contract/choices'
import { useUrlFilter } from '../../shared/use-url-state.ts'
import { noFilter, spans } from './call-view.ts'

/** The conditions in the address of the list of calls. */
export const callFilterNames = [
  'service',
  'status',
  'caller',
  'min',
  'request',
  'span',
  'from',
  'to',
] as const

/** The filter and page of the list of calls, kept in the address. */
export const useCallFilter = () => {
  // Only these values are allowed for some conditions.
  const { filter, page, set } = useUrlFilter(callFilterNames, noFilter, {
    status: ['', ...statusClasses],
    span: spans,
  })
  return { filter, page, set, clear: () => set(noFilter) }
}
