import type { Example } from '../kind.ts'

export default {
  input: null,
  // A square of 2 × 2 pixels in a picture of 4 × 4, as COCO run lengths down the columns.
  data: [{ label: 'road', score: 0.94, mask: { size: [4, 4], counts: [5, 2, 2, 2, 5] } }],
} satisfies Example<'segmentation'>
