import { z } from 'zod'
import { listPageSizes, longest, most } from './limits.ts'
import { visibleName } from './visible-text.ts'

/** A column of a list. Which columns there are is decided by the pages, which ignore one that they do not have. */
const listColumn = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/)

/** A view of a list under a name. */
const listView = z.strictObject({
  name: visibleName(z.string().trim().min(1).max(longest.viewName)),
  query: z
    .string()
    .max(longest.viewQuery)
    .describe('what is shown: filters, order and columns, as the query of the address of the page'),
})

/** How a person sees one list, in every browser. */
export const listPreference = z.strictObject({
  columns: z
    .array(listColumn)
    .max(most.listColumns)
    .nullable()
    .describe('the columns that are shown, in their order; null: those of the page'),
  page_size: z
    .union(listPageSizes.map((size) => z.literal(size)))
    .nullable()
    .describe('how many rows a page has; null: as many as usual'),
  views: z.array(listView).max(most.listViews),
})
/** How a person sees one list, in every browser. */
export type ListPreference = z.infer<typeof listPreference>
