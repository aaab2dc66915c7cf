import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A sound. */
export const audio = resultKind({ data: media, foreign: 'file', gradio: { components: ['Audio'] } })
