import type { Example } from '../kind.ts'

export default {
  input: null,
  // Four rows from the top: a wall that stands 4 m away, before it a box at 1.5 m; null where nothing was measured.
  data: {
    map: [
      [4.2, 4.1, 4.1, 4.2, null],
      [4.1, 1.5, 1.5, 4.1, 4.2],
      [4, 1.5, 1.6, 4, 4.1],
      [3.2, 3.1, 3.1, 3.2, 3.2],
    ],
    unit: 'm',
  },
} satisfies Example<'depth'>
