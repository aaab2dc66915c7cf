import type { Example } from '../kind.ts'

export default {
  input: null,
  // Four rows from the top: a wall at 4 m, and a box at 1.5 m in front of it. Null where nothing was
  // measured.
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
