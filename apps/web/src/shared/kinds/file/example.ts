import type { Example } from '../kind.ts'

export default {
  input: null,
  data: { url: 'https://example.org/result', mime: 'application/pdf' },
} satisfies Example<'file'>
