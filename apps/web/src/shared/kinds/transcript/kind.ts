import { compareWords } from '../../differences/words.ts'
import { assetIdOf } from '../../player/playable.ts'
import { wordCount } from '../../word-count.ts'
import { defineKind } from '../define-kind.ts'

/** `transcript`: the words, in sync with the sound. */
const transcript = defineKind('transcript', {
  show: { component: () => import('./TranscriptResult.vue') },
  played: true,
  cover: {
    props: ({ text }, input) => (text.trim() === '' ? null : { text, sound: assetIdOf(input) }),
    component: () => import('./TranscriptCover.vue'),
  },
  rows: ({ chunks }) =>
    chunks.map(({ text, start, end, score }) => ({ start, end, score: score ?? null, value: text })),
  measure: ({ text }) => ({ unit: 'words', value: wordCount(text) }),
  difference: {
    compare: (base, other) => compareWords(base.text, other.text),
    component: () => import('../../differences/WordDifference.vue'),
  },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default transcript

declare module '../kind.ts' {
  interface WrittenKinds {
    transcript: typeof transcript
  }
}
