import type { Comparison } from '@vitrine/contract'
import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { durationText } from '../../shared/amounts.ts'
import { useAppTitle } from '../../shared/app-title.ts'
import { drawnGroups } from '../../shared/report/drawn-groups.ts'
import { asOnPaper, drawnPictures } from '../../shared/report/report-pictures.ts'
import type {
  Report,
  ReportBlock,
  ReportColumn,
  ReportFact,
  ReportSection,
} from '../../shared/report/report.types.ts'
import { reportTime } from '../../shared/report/report-time.ts'
import { resultBlocks, type DrawnGroup } from '../../shared/report/result-blocks.ts'
import { shownText } from '../../shared/report/shown-text.ts'
import { useReportInput } from '../../shared/report/use-report-input.ts'
import { useReportSource } from '../../shared/report/use-report-source.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import { useRunErrorText } from '../runs/run-error-text.ts'
import type { BoardColumn } from './board-columns.ts'
import { summarise } from './summary.ts'
import { useSummaryText } from './summary-text.ts'

/** Elements of the input that a report shows. The others are in the CSV. */
const mostShown = 2

/** The result of a column as the page shows it, and how it differs from the base. */
type DrawnColumn = { groups: DrawnGroup[][]; differences: ReportBlock[]; against: string }
const nothingDrawn: DrawnColumn = { groups: [], differences: [], against: '' }

const drawColumn = async (card: HTMLElement): Promise<DrawnColumn> => {
  const groups = await drawnGroups(card, 'column', mostShown)
  const differences: ReportBlock[] = []
  for (const item of card.querySelectorAll<HTMLElement>('[data-difference]'))
    // Its heading stands above its drawing.
    differences.push(...pictureAfterHeading(shownText(item), await drawnPictures(item, 'column')))
  return { groups, differences, against: card.querySelector('[data-against]')?.textContent.trim() ?? '' }
}
const pictureAfterHeading = (text: ReportBlock[], pictures: ReportBlock[]): ReportBlock[] => {
  const [first, ...others] = text
  return first?.type === 'heading' ? [first, ...pictures, ...others] : [...pictures, ...text]
}

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
  const runErrorText = useRunErrorText()
  const inputBlocks = useReportInput()
  const sourceOf = useReportSource('column')
  const { rowTitle, valueText, note } = useSummaryText(columns)

  const drawAll = async (): Promise<Map<string, DrawnColumn>> => {
    const sheet = parts.sheet()
    const drawn = new Map<string, DrawnColumn>()
    await asOnPaper(sheet ? [sheet] : [], async () => {
      for (const card of sheet?.querySelectorAll<HTMLElement>('[data-column]') ?? [])
        drawn.set(card.dataset.column ?? '', await drawColumn(card))
    })
    return drawn
  }
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
    return given.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
  }
  const columnOf = async (column: BoardColumn, { groups }: DrawnColumn): Promise<ReportColumn> => {
    const input = parts.item.value?.input_data ?? []
    const failed = column.error === null ? [] : [runErrorText(column.error)]
    const found = await Promise.all(
      column.predictions.slice(0, mostShown).map(async ({ index, outputs, error }, place) => {
        const words = { context: { address, say: column.say }, source: sourceOf(input[index]) }
        const shown = await resultBlocks(outputs, groups[place] ?? [], words)
        const title = input.length > 1 ? t('report.element', { number: index + 1, count: input.length }) : ''
        const message: ReportBlock[] = error ? [{ type: 'text', text: error.message, look: 'usual' }] : []
        return [{ type: 'heading', text: title } satisfies ReportBlock, ...message, ...shown]
      }),
    )
    const { letter, name } = column
    const reasons = failed.map((text): ReportBlock => ({ type: 'text', text, look: 'usual' }))
    return { letter, title: name, facts: factsOf(column), blocks: [...reasons, ...found.flat()] }
  }
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
      type: 'table',
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
    const drawn = await drawAll()
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
          columns: await Promise.all(shown.map((column) => columnOf(column, drawnOf(column)))),
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
