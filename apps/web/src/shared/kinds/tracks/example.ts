import type { Example } from '../kind.ts'

export default {
  input: null,
  data: {
    fps: 25,
    frame_count: 3,
    width: 640,
    height: 360,
    tracks: [
      {
        id: 1,
        label: 'person',
        frames: [
          [0, 30, 60, 44, 80, 0.91],
          [1, 34, 60, 44, 80, 0.92],
          [2, 38, 61, 44, 80, 0.92],
        ],
      },
    ],
  },
} satisfies Example<'tracks'>
