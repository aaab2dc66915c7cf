import type { Example } from '../kind.ts'

export default {
  input: '张伟住在上海',
  data: [
    { text: '张伟', start: 0, end: 2, label: 'PER', score: 0.99 },
    { text: '上海', start: 4, end: 6, label: 'LOC', score: 0.97 },
  ],
} satisfies Example<'tokens'>
