import { useI18n } from 'vue-i18n'
import { durationText } from '../../shared/amounts.ts'
import { useAppTitle } from '../../shared/app-title.ts'
import { splitLead } from '../../shared/lead.ts'
import { drawnGroups } from '../../shared/report/drawn-groups.ts'
import { asOnPaper } from '../../shared/report/report-pictures.ts'
import type {
  DrawnGroup,
  Report,
  ReportBlock,
  ReportFact,
  ReportSection,
} from '../../shared/report/report.types.ts'
import { reportTime } from '../../shared/report/report-time.ts'
import { resultBlocks } from '../../shared/results/report-blocks.ts'
import { useReportInput } from '../../shared/report/use-report-input.ts'
import { useReportSource } from '../../shared/report/use-report-source.ts'
import { useReaderWords } from '../../shared/results/reader-words.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import type { AnsweredRun } from '../runs/answered-run.ts'
import { runSeconds } from '../runs/run-state.ts'
import type { ReportAbout } from './report-about.ts'
import { useRunTables } from './use-run-tables.ts'

type Source = {
  run: AnsweredRun
  titles: Record<string, string>
  panel: HTMLElement | null
  about: ReportAbout | undefined
}
/** Elements of the input that a report shows. The others are in the CSV. */
const mostShown = 4

/** Makes the report of a run, in the reader's language. `panel` is the element in which its results are drawn. */
export const useRunReport = (read: () => Source) => {
  const { t, locale } = useI18n()
  const appTitle = useAppTitle()
  const address = useAssetAddress()
  const say = useReaderWords()
  const inputBlocks = useReportInput()
  const sourceOf = useReportSource('page')
  const { findings, parameters } = useRunTables(() => read().about)

  const facts = (run: AnsweredRun, name: string): ReportFact[] => {
    const seconds = runSeconds(run)
    const given: [string, string | null][] = [
      ['service', name === run.service_id ? name : t('report.named', { name, id: run.service_id })],
      ['version', run.release === null ? null : `#${run.release}`],
      ['commit', run.commit?.slice(0, 12) ?? null],
      ['model', run.result.model_version ?? null],
      ['status', t(`runs.status.${run.status}`)],
      ['time', reportTime(run.created_at, locale.value)],
      ['took', seconds === null ? null : durationText(seconds * 1000, locale.value)],
      ['by', run.created_by || null],
    ]
    return given.flatMap(([key, value]) => (value === null ? [] : [{ name: t(`report.${key}`), value }]))
  }
  const resultOf = async (run: AnsweredRun, place: number, drawn: readonly DrawnGroup[]) => {
    const prediction = run.result.predictions[place]
    if (prediction?.error)
      return [{ type: 'paragraph', text: prediction.error.message, look: 'usual' }] satisfies ReportBlock[]
    const input = run.input_data[prediction?.index ?? place]
    const words = { context: { address, say: say.value }, source: sourceOf(input) }
    return resultBlocks(prediction?.outputs ?? [], drawn, words)
  }
  /** The input and its result; of several elements, each with its own. */
  const resultSections = async ({ run, panel }: Source): Promise<ReportSection[]> => {
    const drawn = await asOnPaper(panel === null ? [] : [panel], () => drawnGroups(panel, 'page', mostShown))
    const shown = run.result.predictions.slice(0, mostShown)
    const parts = await Promise.all(
      shown.map(async ({ index }, place) => ({
        input: await inputBlocks(run.input_data[index] ?? null),
        result: await resultOf(run, place, drawn[place] ?? []),
      })),
    )
    const [only] = parts
    if (run.input_data.length === 1 && only !== undefined)
      return [
        { title: t('report.input'), blocks: only.input },
        { title: t('report.result'), blocks: only.result },
      ]
    const count = run.input_data.length
    return parts.map(({ input, result }, place) => ({
      title: t('report.element', { number: place + 1, count }),
      blocks: [...input, { type: 'heading', text: t('report.result') }, ...result],
    }))
  }
  return async (): Promise<Report> => {
    const source = read()
    const { run, about } = source
    const name = about?.name ?? run.service_id
    return {
      language: locale.value,
      title: t('report.of_run', { name }),
      line: about?.line || splitLead(about?.description ?? '').lead,
      facts: facts(run, name),
      sections: [
        ...(await resultSections(source)),
        { title: t('report.numbers'), blocks: [await findings(source)] },
        { title: t('report.parameters'), blocks: [parameters(run)] },
      ],
      foot: t('report.foot', { app: appTitle.value, time: reportTime(new Date(), locale.value), id: run.id }),
    }
  }
}
