import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A picture. */
export const image = resultKind({ data: media, foreign: 'file', gradio: { components: ['Image'] } })
