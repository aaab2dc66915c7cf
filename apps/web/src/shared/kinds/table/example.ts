import type { Example } from '../kind.ts'

export default {
  input: null,
  data: {
    columns: [{ name: 'class' }, { name: 'count' }],
    rows: [
      ['person', 12],
      ['dog', 3],
    ],
  },
} satisfies Example<'table'>
