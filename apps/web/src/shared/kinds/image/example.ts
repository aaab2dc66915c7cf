import type { Example } from '../kind.ts'

export default {
  input: null,
  data: { url: 'https://example.org/result', mime: 'image/png' },
} satisfies Example<'image'>
