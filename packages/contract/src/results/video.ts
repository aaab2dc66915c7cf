import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A video. */
export const video = resultKind({ data: media, foreign: 'file', gradio: { components: ['Video'] } })
