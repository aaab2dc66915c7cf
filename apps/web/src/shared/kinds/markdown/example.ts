import type { Example } from '../kind.ts'

export default {
  input: null,
  data: '## 报告\n\n共发现 **12 人**。\n\n- 成人 9\n- 儿童 3',
} satisfies Example<'markdown'>
