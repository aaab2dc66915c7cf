import type { Comparison } from '@vitrine/contract'
import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useAppTitle } from '../../shared/app-title.ts'
import type { Report, ReportBlock, ReportSection } from '../../shared/report/report.types.ts'
import { reportTime } from '../../shared/report/report-time.ts'
import { useReportInput } from '../../shared/report/use-report-input.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import type { BoardColumn } from './board-columns.ts'
import { drawColumns, mostShown, nothingDrawn } from './draw-columns.ts'
import { summarise } from './summary.ts'
import { useReportColumn } from './use-report-column.ts'
import { useSummaryText } from './summary-text.ts'

/** Makes the report of a comparison, in the reader's language. `sheet` is the element in which it is drawn. */
export const useBoardReport = (
  columns: Readonly<Ref<readonly BoardColumn[]>>,
  parts: {
    title: Readonly<Ref<string>>
    item: Readonly<Ref<Comparison | undefined>>
    sheet: () => HTMLElement | null | undefined
  },
) => {
  const { t, locale } = useI18n()
  const appTitle = useAppTitle()
  const address = useAssetAddress()
  const inputBlocks = useReportInput()
  const columnOf = useReportColumn()
  const { rowTitle, valueText, note } = useSummaryText(columns)

  const inputSection = async (): Promise<ReportSection> => {
    const input = parts.item.value?.input_data ?? []
    const blocks = await Promise.all(input.slice(0, mostShown).map(inputBlocks))
    const several = input.length > 1
    return {
      title: several ? t('report.inputs', { count: input.length }) : t('report.input'),
      blocks: blocks.flat(),
    }
  }
  const measures = async (shown: readonly BoardColumn[]): Promise<ReportSection> => {
    const rows = await summarise(shown, address)
    const table: ReportBlock = {
      type: 'rows',
      title: '',
      head: ['', ...shown.map(({ letter, name }) => `${letter} ${name}`)],
      rows: rows.map((row) => [
        rowTitle(row),
        ...shown.map((_, place) => [valueText(row, place), note(row, place)].filter(Boolean).join(' ')),
      ]),
      more: null,
    }
    return { title: t('report.measures'), blocks: [table] }
  }

  return async (): Promise<Report> => {
    const shown = columns.value
    const item = parts.item.value
    const drawn = await drawColumns(parts.sheet())
    const drawnOf = ({ letter }: BoardColumn) => drawn.get(letter) ?? nothingDrawn
    const different = shown.filter((column) => drawnOf(column).differences.length > 0)
    const facts = [
      { name: t('report.time'), value: item === undefined ? '' : reportTime(item.created_at, locale.value) },
      { name: t('report.by'), value: item?.created_by ?? '' },
    ]
    return {
      language: locale.value,
      title: parts.title.value,
      line: shown.map(({ letter, name }) => `${letter} ${name}`).join(' · '),
      facts: facts.filter(({ value }) => value !== ''),
      sections: [
        await inputSection(),
        {
          title: t('report.result'),
          blocks: [],
          columns: await Promise.all(
            shown.map((column) => columnOf(column, drawnOf(column), item?.input_data ?? [])),
          ),
        },
        await measures(shown),
        {
          title: t('report.differences'),
          blocks: [],
          columns: different.map((column) => {
            const { differences, against } = drawnOf(column)
            return { letter: column.letter, title: against, facts: [], blocks: differences }
          }),
        },
      ],
      foot: t('report.foot', {
        app: appTitle.value,
        time: reportTime(new Date(), locale.value),
        id: item?.id ?? '',
      }),
    }
  }
}
