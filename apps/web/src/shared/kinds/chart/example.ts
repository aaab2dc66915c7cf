import type { Example } from '../kind.ts'

export default {
  input: null,
  data: {
    type: 'line',
    x: { title: 'frame' },
    y: { title: 'people' },
    series: [
      {
        name: 'people',
        points: [
          [0, 3],
          [10, 5],
          [20, 4],
        ],
      },
    ],
  },
} satisfies Example<'chart'>
