/**
 * Returns the column of a sort key, which has a `-` in front for the descending order; undefined if none has this
 * name. Only the names of the columns themselves count: a caller may send `__proto__`. Pure.
 */
export function sortColumn<C>(columns: Readonly<Record<string, C>>, sort: string): C | undefined {
  const key = sort.replace(/^-/, '')
  return Object.hasOwn(columns, key) ? columns[key] : undefined
}
