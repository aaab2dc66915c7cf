import type { Example } from '../kind.ts'

export default {
  input: null,
  data: {
    text: 'turn left',
    language: 'en',
    chunks: [
      { text: 'turn', start: 0.5, end: 0.9, score: 0.93 },
      { text: 'left', start: 1, end: 1.4, score: 0.88 },
    ],
  },
} satisfies Example<'transcript'>
