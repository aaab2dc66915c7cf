import type { ResultData } from '@vitrine/contract/results'
import { clockText } from '../../player/frames.ts'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'
import { linesOf, orderedChunks, textOf } from './words.ts'

/** The words, and when they are said if that is more than one line. */
const report = (data: ResultData<'transcript'>, { t, mostRows }: ReportSource): ReportBlock[] => {
  const chunks = orderedChunks(data.chunks)
  const text = data.text.trim() || textOf(chunks)
  if (text === '') return [{ type: 'paragraph', text: t('kinds.transcript.nothing_heard'), look: 'quiet' }]
  const lines = linesOf(chunks)
  const shown = lines.length < 2 ? [] : lines.slice(0, mostRows)
  return [
    { type: 'paragraph', text, look: 'large' },
    {
      type: 'rows',
      title: '',
      head: [t('viewers.cell.start'), t('viewers.cell.end'), t('report.said')],
      rows: shown.map((line) => [clockText(line.start), clockText(line.end), line.text]),
      more: lines.length > mostRows ? t('report.more', { shown: shown.length, count: lines.length }) : null,
    },
  ]
}

export default report
