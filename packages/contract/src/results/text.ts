import { z } from 'zod'
import { textIn } from './foreign.ts'
import { coverText } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A text, shown unchanged. */
export const text = resultKind({
  data: z.string(),
  coverData: coverText,
  foreign: {
    members: [],
    read: textIn,
    suggest: (value) => (typeof value === 'string' ? {} : null),
    rank: 6,
  },
  gradio: { components: ['Textbox', 'Code', 'HTML'] },
})
