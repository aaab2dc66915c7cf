import type { Example } from '../kind.ts'

export default {
  input: null,
  data: [
    {
      label: 'person',
      score: 0.9,
      points: [
        { name: 'left_shoulder', x: 60, y: 80, score: 0.95 },
        { name: 'left_elbow', x: 40, y: 130, score: 0.9 },
        { name: 'left_wrist', x: 70, y: 170, score: 0.8 },
      ],
      edges: [
        [0, 1],
        [1, 2],
      ],
    },
  ],
} satisfies Example<'keypoints'>
