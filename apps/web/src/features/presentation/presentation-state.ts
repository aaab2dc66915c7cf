import type { Presentation, PresentationState } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'

/** A presentation in which nothing is written. */
export const blankPresentation = (): Presentation => ({
  title: {},
  line: {},
  story: {},
  task: null,
  tags: [],
  order: null,
  hidden: false,
  cover: { from: 'automatic' },
  fields: {},
  examples: [],
})

/** The initial content of the editor: the draft, else the published presentation, else an empty one. */
export const editedIn = ({ draft, published }: PresentationState): Presentation =>
  draft ?? published ?? blankPresentation()

/** A change that a link into the editor asks for: a run as the cover, or as an example. */
export type Wanted = { cover: string | null; example: string | null }

/** The presentation with a run as its cover or as its last example. Pure. */
export function withWanted(of: Presentation, { cover, example }: Wanted): Presentation {
  const isNew = example !== null && of.examples.every(({ run_id: id }) => id !== example)
  const examples =
    isNew && of.examples.length < most.presentationExamples
      ? [...of.examples, { name: {}, run_id: example }]
      : of.examples
  return { ...of, ...(cover !== null && { cover: { from: 'run', run_id: cover } }), examples }
}
