import type { Example } from '../kind.ts'

export default {
  input: null,
  data: { value: 36.6, unit: '℃', min: 35, max: 42 },
} satisfies Example<'number'>
