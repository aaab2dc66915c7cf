import type { Example } from '../kind.ts'

export default {
  input: '昨晚的球赛真精彩',
  data: [
    { label: 'sport', score: 0.93 },
    { label: 'finance', score: 0.07 },
  ],
} satisfies Example<'classification'>
