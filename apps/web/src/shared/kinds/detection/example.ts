import type { Example } from '../kind.ts'

export default {
  input: null,
  data: [
    { label: 'person', score: 0.97, box: { xmin: 40, ymin: 20, xmax: 120, ymax: 220 } },
    { label: 'dog', score: 0.81, box: { xmin: 150, ymin: 140, xmax: 240, ymax: 220 } },
  ],
} satisfies Example<'detection'>
