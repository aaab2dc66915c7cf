import type { ResultData } from '@vitrine/contract/results'
import { clockText } from '../../player/frames.ts'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'
import { indexTracks } from './track-index.ts'

/** What was followed, by the time when it first appears. Times are those of the rate that the data states. */
const report = (data: ResultData<'tracks'>, { t, labelText, mostRows }: ReportSource): ReportBlock[] => {
  const rows = indexTracks(data)
    .tracks.filter(({ boxes }) => boxes > 0)
    .sort((a, b) => a.first - b.first)
  const shown = rows.slice(0, mostRows)
  const head = (['track', 'label', 'start', 'end'] as const).map((cell) => t(`viewers.cell.${cell}`))
  return [
    { type: 'paragraph', text: t('kinds.tracks.found', { count: rows.length }), look: 'usual' },
    {
      type: 'rows',
      title: '',
      head: [...head, t('report.frames')],
      rows: shown.map(({ id, label, first, last, boxes }) => [
        id,
        labelText(label),
        clockText(first / data.fps),
        clockText(last / data.fps),
        String(boxes),
      ]),
      more: rows.length > shown.length ? t('report.more', { shown: shown.length, count: rows.length }) : null,
    },
  ]
}

export default report
