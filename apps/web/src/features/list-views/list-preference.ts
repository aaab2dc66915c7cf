import type { ListPreference } from '@vitrine/contract'
import { listPageSizes, most } from '@vitrine/contract/limits'

/** A saved view of a list. */
export type ListView = ListPreference['views'][number]
/** A column of a list. One that is `fixed` is always shown, at its own end of the row. */
export type ListColumn = { key: string; title: string; look?: string; fixed?: true }

/** The preference of a person who has chosen nothing. */
export const noPreference: ListPreference = { columns: null, page_size: null, views: [] }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
const isView = (value: unknown): value is ListView =>
  isObject(value) && typeof value.name === 'string' && typeof value.query === 'string'

/** Reads a stored preference. What it does not know counts as not chosen: the browser's storage may have been edited. Pure. */
export const readPreference = (stored: unknown): ListPreference => {
  if (!isObject(stored)) return noPreference
  const { columns, page_size: size, views } = stored
  return {
    columns: isTexts(columns) ? columns : null,
    page_size: listPageSizes.find((one) => one === size) ?? null,
    views: Array.isArray(views) ? views.filter(isView).map(({ name, query }) => ({ name, query })) : [],
  }
}

/**
 * The columns that are shown, in their order: the fixed ones at their ends, and between them the wanted ones. Columns that the page does
 * not have are ignored. If nothing is wanted, all are shown. Pure.
 */
export const shownColumns = <Column extends Pick<ListColumn, 'key' | 'fixed'>>(
  all: readonly Column[],
  wanted: readonly string[] | null,
): Column[] => {
  const free = all.filter(({ fixed }) => !fixed)
  const chosen = [...new Set(wanted ?? [])].flatMap((key) => free.find((column) => column.key === key) ?? [])
  const firstFree = all.findIndex(({ fixed }) => !fixed)
  const atEnd = ({ fixed }: Column, place: number) => fixed === true && firstFree !== -1 && place > firstFree
  return [
    ...all.filter((column, place) => column.fixed === true && !atEnd(column, place)),
    ...(wanted === null ? free : chosen),
    ...all.filter(atEnd),
  ]
}

/** The free columns in the order in which they are offered: the shown ones first. Pure. */
export const offeredColumns = <Column extends Pick<ListColumn, 'key' | 'fixed'>>(
  all: readonly Column[],
  shown: readonly string[],
): Column[] => {
  const free = all.filter(({ fixed }) => !fixed)
  const place = ({ key }: Column) => (shown.includes(key) ? shown.indexOf(key) : shown.length)
  return free.toSorted((a, b) => place(a) - place(b))
}

/** A list with one element moved by one place. Pure. */
export const moved = <Item>(items: readonly Item[], from: number, by: -1 | 1): Item[] => {
  const item = items[from]
  const to = from + by
  if (item === undefined || to < 0 || to >= items.length) return [...items]
  return items.toSpliced(from, 1).toSpliced(to, 0, item)
}

/** The query of an address as the text of a view: only what the list knows, in a fixed order. Pure. */
export const viewQuery = (query: Readonly<Record<string, unknown>>, names: readonly string[]): string => {
  const text = new URLSearchParams()
  for (const name of names.toSorted()) {
    const value = query[name]
    if (typeof value === 'string' && value !== '') text.set(name, value)
  }
  return text.toString()
}

/** The text of a view as the query of an address. What the list does not know any more is left out. Pure. */
export const queryOfView = (text: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries([...new URLSearchParams(text)].filter(([name]) => names.includes(name)))

/** A preference with one more view, or with another one of that name in its place. Null if there are too many. Pure. */
export const withView = (preference: ListPreference, view: ListView): ListPreference | null => {
  const others = preference.views.filter(({ name }) => name !== view.name)
  const views = [...others, view].toSorted((a, b) => a.name.localeCompare(b.name))
  return views.length > most.listViews ? null : { ...preference, views }
}
