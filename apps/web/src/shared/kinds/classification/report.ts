import type { ResultData } from '@vitrine/contract/results'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'
import { scoreText } from '../../score-text.ts'
import { rankLabels } from './ranking.ts'

const mostBars = 10

/** The best label, and the first ones as bars. */
const report = (data: ResultData<'classification'>, { t, labelText }: ReportSource): ReportBlock[] => {
  const rows = rankLabels(data).map(({ label, score, percent, share }) => ({
    label: labelText(label),
    value: scoreText(score, percent),
    share,
  }))
  const [best] = rows
  if (best === undefined)
    return [{ type: 'paragraph', text: t('kinds.classification.no_labels'), look: 'quiet' }]
  return [
    { type: 'paragraph', text: `${best.label}  ${best.value}`, look: 'large' },
    { type: 'bars', rows: rows.slice(0, mostBars) },
  ]
}

export default report
