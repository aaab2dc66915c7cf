import type { ResultData } from '@vitrine/contract/results'
import { cellText } from './cell-text.ts'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'

/** The first rows, in their order. */
const report = ({ columns, rows }: ResultData<'table'>, { t, mostRows }: ReportSource): ReportBlock[] => {
  const shown = rows.slice(0, mostRows)
  return [
    {
      type: 'rows',
      title: '',
      head: columns.map(({ name }) => name),
      rows: shown.map((row) => columns.map((_, place) => cellText(row[place]))),
      more: rows.length > shown.length ? t('report.more', { shown: shown.length, count: rows.length }) : null,
    },
  ]
}

export default report
