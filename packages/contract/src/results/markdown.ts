import { z } from 'zod'
import { textIn } from './foreign.ts'
import { coverText } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A text in Markdown. */
export const markdown = resultKind({
  data: z.string(),
  coverData: coverText,
  // A text is not suggested to be Markdown, because most are not.
  foreign: { members: [], read: textIn, suggest: () => null, rank: 8 },
  gradio: { components: ['Markdown'] },
})
