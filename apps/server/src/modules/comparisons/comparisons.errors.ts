import { defineError } from '../../lib/errors.ts'

export const comparisonNotFound = defineError<{ comparison_id: string }>({
  code: 'comparison.not_found',
  zh: ({ comparison_id }) => `没有对比 ${comparison_id}`,
  en: ({ comparison_id }) => `There is no comparison ${comparison_id}`,
})

export const comparedRunGone = defineError({
  code: 'comparison.run_gone',
  zh: () => '这一列的运行记录已不存在（服务可能已被删除）',
  en: () => 'The run of this column no longer exists (its service may have been deleted)',
})
