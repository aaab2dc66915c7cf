import type { Json } from '@vitrine/contract'
import { useI18n } from 'vue-i18n'
import { durationText } from '../../shared/amounts.ts'
import type { ReportBlock, ReportColumn, ReportFact } from '../../shared/report/report.types.ts'
import { useReportSource } from '../../shared/report/use-report-source.ts'
import { resultBlocks } from '../../shared/results/report-blocks.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import { useRunErrorText } from '../runs/run-error-text.ts'
import type { BoardColumn } from './board-columns.ts'
import { mostShown, type DrawnColumn } from './draw-columns.ts'

/** Makes a column of a report: what it found, and below it its service, parameters and time. */
export const useReportColumn = () => {
  const { t, locale } = useI18n()
  const address = useAssetAddress()
  const runErrorText = useRunErrorText()
  const sourceOf = useReportSource('column')

  const factsOf = ({
    serviceId,
    name,
    release,
    run,
    settings,
    status,
    seconds,
  }: BoardColumn): ReportFact[] => {
    const given: [string, string | null][] = [
      [t('report.service'), name === serviceId ? name : t('report.named', { name, id: serviceId })],
      [t('report.version'), release === null ? null : `#${release}`],
      [t('report.commit'), run?.commit?.slice(0, 12) ?? null],
      ...settings.map(({ title, value }): [string, string] => [title, value]),
      [t('report.status'), t(`runs.status.${status}`)],
      [t('report.took'), seconds === null ? null : durationText(seconds * 1000, locale.value)],
    ]
    return given.flatMap(([title, value]) => (value === null ? [] : [{ name: title, value }]))
  }
  return async (
    column: BoardColumn,
    { groups }: DrawnColumn,
    input: readonly Json[],
  ): Promise<ReportColumn> => {
    const failed = column.error === null ? [] : [runErrorText(column.error)]
    const found = await Promise.all(
      column.predictions.slice(0, mostShown).map(async ({ index, outputs, error }, place) => {
        const words = { context: { address, say: column.say }, source: sourceOf(input[index]) }
        const shown = await resultBlocks(outputs, groups[place] ?? [], words)
        const title = input.length > 1 ? t('report.element', { number: index + 1, count: input.length }) : ''
        const message: ReportBlock[] = error
          ? [{ type: 'paragraph', text: error.message, look: 'usual' }]
          : []
        return [{ type: 'heading', text: title } satisfies ReportBlock, ...message, ...shown]
      }),
    )
    const { letter, name } = column
    const reasons = failed.map((text): ReportBlock => ({ type: 'paragraph', text, look: 'usual' }))
    return { letter, title: name, facts: factsOf(column), blocks: [...reasons, ...found.flat()] }
  }
}
