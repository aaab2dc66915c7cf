import type { ShowcaseItem } from '@vitrine/contract'
import { unnamedTask } from './task-name.ts'

/** The search text of the reader. '' means everything. */
type Filter = {
  search: string
  task: string
  tag: string
  taskName: (task: string) => string
  /** The ids of algorithms in which the server found the words, for example in the other language. */
  foundElsewhere: ReadonlySet<string>
}

/**
 * Algorithms with the chosen task and tag whose name, text, tags, id or task contain every word of the search, or in which
 * the server found them.
 */
export const filterShowcase = (
  items: readonly ShowcaseItem[],
  { search, task, tag, taskName, foundElsewhere }: Filter,
): ShowcaseItem[] => {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return items.filter((item) => {
    if (task !== '' && item.task !== task) return false
    if (tag !== '' && !item.tags.includes(tag)) return false
    if (foundElsewhere.has(item.service_id)) return true
    const { name, line, description, tags, service_id: id } = item
    const text = [name, line, description, ...tags, id, item.task, taskName(item.task)]
      .join('\n')
      .toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Each value once, the most frequent first. */
const byFrequency = (values: readonly string[]): string[] => {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([value]) => value)
}

/** The tasks that the algorithms have, each once, the most frequent first, and what has none last. */
export const showcaseTasks = (items: readonly ShowcaseItem[]): string[] => {
  const tasks = byFrequency(items.map(({ task }) => task))
  const isNamed = (task: string) => task !== unnamedTask
  return [...tasks.filter(isNamed), ...tasks.filter((task) => !isNamed(task))]
}

/** The tags that the algorithms have, each once, the most frequent first. */
export const showcaseTags = (items: readonly ShowcaseItem[]): string[] =>
  byFrequency(items.flatMap(({ tags }) => tags))

/** Algorithms of one task, under its name. '' is what stands alone in its task. */
export type ShowcaseSection = { task: string; items: ShowcaseItem[] }

/** Up to this number, all algorithms are seen at a glance, and headings would only be in the way. */
const mostAtAGlance = 8

/**
 * The showcase in sections, in the order of their first algorithm. A task with only one algorithm gets no section of
 * its own: those follow together at the end, with those that have no task. One section without a name if the showcase is
 * small.
 */
export const showcaseSections = (items: readonly ShowcaseItem[]): ShowcaseSection[] => {
  const byTask = new Map<string, ShowcaseItem[]>()
  for (const item of items) byTask.set(item.task, [...(byTask.get(item.task) ?? []), item])
  const large = [...byTask].filter(([task, own]) => own.length > 1 && task !== unnamedTask)
  if (items.length <= mostAtAGlance || large.length === 0) return [{ task: '', items: [...items] }]
  const single = items.filter(({ task }) => task === unnamedTask || byTask.get(task)?.length === 1)
  const sections = large.map(([task, own]) => ({ task, items: own }))
  return single.length > 0 ? [...sections, { task: '', items: single }] : sections
}
