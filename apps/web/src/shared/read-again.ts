import type { Query, QueryClient } from '@tanstack/vue-query'

/**
 * Reads the data of pages again whose keys begin with this one, after something has changed. A first request in progress is not
 * restarted by the library, and may have been answered before the change, so another one follows it.
 */
export function readAgain(queries: QueryClient, queryKey: readonly string[]): void {
  const isFirst = ({ state: { data, fetchStatus } }: Query) =>
    data === undefined && fetchStatus === 'fetching'
  for (const query of queries.getQueryCache().findAll({ queryKey, predicate: isFirst })) {
    const again = () => queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
    void query.promise?.catch(() => undefined).then(() => again())
  }
  void queries.invalidateQueries({ queryKey })
}
