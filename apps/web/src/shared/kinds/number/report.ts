import type { ResultData } from '@vitrine/contract/results'
import type { ReportBlock } from '../../report/report.types.ts'

/** The number with its unit, and where it is on its scale. */
const report = ({ value, unit, min, max }: ResultData<'number'>): ReportBlock[] => {
  const number = value.toLocaleString(undefined, { maximumFractionDigits: 6 })
  const text = unit === undefined ? number : `${number} ${unit}`
  const large: ReportBlock = { type: 'paragraph', text, look: 'large' }
  if (min === undefined || max === undefined || max <= min) return [large]
  return [
    large,
    { type: 'bars', rows: [{ label: String(min), value: String(max), share: (value - min) / (max - min) }] },
  ]
}

export default report
