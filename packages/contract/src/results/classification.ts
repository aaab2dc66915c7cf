import { z } from 'zod'
import { label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Labels with their scores. */
export const classification = resultKind({
  data: z.array(z.object({ label, score })),
  task: {
    image: 'image-classification',
    audio: 'audio-classification',
    video: 'video-classification',
    text: 'text-classification',
  },
})
