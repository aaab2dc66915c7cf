import type { Comparison } from '@vitrine/contract'
import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useAppTitle } from '../../shared/app-title.ts'
import { paperPictures } from '../../shared/report/report-pictures.ts'
import type { Report } from '../../shared/report/report-html.ts'
import { reportTime } from '../../shared/report/report-time.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import { inputSummary } from '../runs/input-summary.ts'
import type { BoardColumn } from './board-columns.ts'
import { summarise } from './summary.ts'
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
  const { rowTitle, valueText, note } = useSummaryText(columns)

  return async (): Promise<Report> => {
    const shown = columns.value
    const item = parts.item.value
    const sheet = parts.sheet()
    const rows = await summarise(shown, address)
    const settingsOf = ({ settings }: BoardColumn) =>
      settings.map(({ title, value }) => `${title}=${value}`).join('; ')
    const facts = [
      { name: t('report.time'), value: item === undefined ? '' : reportTime(item.created_at, locale.value) },
      { name: t('report.by'), value: item?.created_by ?? '' },
    ]
    return {
      language: locale.value,
      title: parts.title.value,
      line: shown.map(({ letter, name }) => `${letter} ${name}`).join(' · '),
      facts: facts.filter(({ value }) => value !== ''),
      input: { title: t('report.input'), text: inputSummary(item?.input_data ?? []) || null, picture: null },
      pictures: { title: t('report.result'), urls: sheet ? await paperPictures([sheet]) : [] },
      tables: [
        {
          title: t('compare.columns'),
          head: [
            '',
            t('report.service'),
            t('report.version'),
            t('report.commit'),
            t('report.parameters'),
            t('report.status'),
          ],
          rows: shown.map((column) => [
            column.letter,
            t('report.named', { name: column.name, id: column.serviceId }),
            column.release === null ? '' : `#${column.release}`,
            column.run?.commit?.slice(0, 12) ?? '',
            settingsOf(column),
            t(`runs.status.${column.status}`),
          ]),
          more: null,
        },
        {
          title: t('report.numbers'),
          head: ['', ...shown.map(({ letter }) => letter)],
          rows: rows.map((row) => [
            rowTitle(row),
            ...shown.map((_, place) => [valueText(row, place), note(row, place)].filter(Boolean).join(' ')),
          ]),
          more: null,
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
