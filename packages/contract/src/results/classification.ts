import { z } from 'zod'
import { isScores, scoredIn, scoredNames } from './foreign.ts'
import { label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Labels with their scores. */
export const classification = resultKind({
  data: z.array(z.object({ label, score })),
  foreign: {
    members: ['label', 'score'],
    read: (value, names) => scoredIn(value, names).map((each) => ({ label: each.label, score: each.score })),
    suggest(value) {
      const names = scoredNames(value)
      if (names.label !== undefined && names.score !== undefined) return names
      return isScores(value) ? {} : null
    },
    rank: 2,
  },
  gradio: { components: ['Label'], path: ['confidences'], label: 'label', score: 'confidence' },
  task: {
    image: 'image-classification',
    audio: 'audio-classification',
    video: 'video-classification',
    text: 'text-classification',
  },
})
