import { z } from 'zod'
import { rowId } from './common.ts'
import { rule } from './issue-rules.ts'
import { longest, most } from './limits.ts'

/** A text that people write in one language or both. A missing one falls back to what the package says. */
const localText = (length: number) =>
  z.strictObject({
    zh: z.string().trim().max(length).optional(),
    en: z.string().trim().max(length).optional(),
  })
/** How an input or a parameter is shown. A hidden parameter keeps its default. */
export const presentedField = z.strictObject({
  shown: z.boolean().default(true),
  title: localText(longest.fieldTitle).default({}),
})

/** Where the picture on the card comes from: the platform chooses, a picture of the library, or the result of a run. */
export const presentationCover = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('automatic') }),
  z.strictObject({ from: z.literal('asset'), asset_id: rowId }),
  z.strictObject({ from: z.literal('run'), run_id: rowId }),
])
/** Where the picture on the card comes from. */
export type PresentationCover = z.infer<typeof presentationCover>

/** How a service is shown to people who do not know it. Empty fields are filled from its package. */
export const presentation = z.strictObject({
  title: localText(longest.presentationTitle).default({}),
  line: localText(longest.presentationLine).default({}).describe('one sentence for its card'),
  story: localText(longest.presentationStory).default({}).describe('Markdown'),
  task: z.string().trim().max(100).nullable().default(null),
  tags: z.array(z.string().trim().min(1).max(longest.presentationTag)).max(most.presentationTags).default([]),
  order: z
    .number()
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe('smaller numbers come first; services without one come last, by name'),
  hidden: z
    .boolean()
    .default(false)
    .describe('whether it is not in the showcase, except for those who may operate the service'),
  cover: presentationCover.default({ from: 'automatic' }),
  fields: z
    .record(z.string().min(1).max(longest.presentedName), presentedField)
    .refine((fields) => Object.keys(fields).length <= most.presentedFields, rule('field.invalid'))
    .default({})
    .describe('by the name of an input or a parameter'),
  examples: z
    .array(z.strictObject({ name: localText(longest.fieldTitle).default({}), run_id: rowId }))
    .max(most.presentationExamples)
    .default([])
    .describe('runs whose inputs and parameters are offered as examples, with their results'),
})
/** How a service is shown to people who do not know it. */
export type Presentation = z.infer<typeof presentation>

/** An empty presentation: everything is taken from the package. */
export const emptyPresentation: Presentation = presentation.parse({})
