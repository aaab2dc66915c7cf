import type { Json, Run } from '@vitrine/contract'
import { useI18n } from 'vue-i18n'
import { cutText } from '../../shared/cut-text.ts'
import { durationText } from '../../shared/amounts.ts'
import { useAppTitle } from '../../shared/app-title.ts'
import { splitLead } from '../../shared/lead.ts'
import { assetIdOf } from '../../shared/player/playable.ts'
import { paperPictures, pictureOf } from '../../shared/report/report-pictures.ts'
import type { Report, ReportFact } from '../../shared/report/report-html.ts'
import { reportTime } from '../../shared/report/report-time.ts'
import { tableOfRows } from '../../shared/report/report-table.ts'
import { useReaderWords } from '../../shared/results/reader-words.ts'
import { resultRows } from '../../shared/results/result-rows.ts'
import { useResultTexts } from '../../shared/results/use-result-texts.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import { runSeconds } from '../runs/run-state.ts'
import { settingText } from './setting-text.ts'
import { useStage } from './use-stage.ts'

type AnsweredRun = Run & { result: NonNullable<Run['result']> }
/** Elements of the input whose result is drawn. More would not fit on a page. */
const mostDrawn = 4
const longestInput = 1200

const textOf = (input: Json | undefined): string | null => {
  if (input === undefined || assetIdOf(input) !== null) return null
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  return cutText(text, longestInput)
}

/** Makes the report of a run, in the reader's language. `panel` is the element in which its results are drawn. */
export const useRunReport = (
  read: () => { run: AnsweredRun; titles: Record<string, string>; panel: HTMLElement | null },
) => {
  const { t, locale } = useI18n()
  const appTitle = useAppTitle()
  const address = useAssetAddress()
  const say = useReaderWords()
  const resultTexts = useResultTexts()
  const { data: stage } = useStage(() => read().run.service_id)

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
  const inputOf = async ({ input_data: input }: AnsweredRun): Promise<Report['input']> => {
    const id = assetIdOf(input[0])
    const several = input.length > 1 ? t('report.files', { count: input.length }) : null
    return {
      title: input.length > 1 ? t('report.first_input', { count: input.length }) : t('report.input'),
      text: textOf(input[0]) ?? several,
      picture: id === null ? null : await pictureOf(address(id, 'poster')),
    }
  }

  return async (): Promise<Report> => {
    const { run, titles, panel } = read()
    const name = stage.value?.name ?? run.service_id
    const switchWords = { on: t('compare.on'), off: t('compare.off') }
    const drawn = [...(panel?.querySelectorAll<HTMLElement>('.predictions > section') ?? [])]
    const context = { address, say: say.value }
    const rows = await resultRows(run.result.predictions, { titles, context }, resultTexts())
    const parameters = Object.entries(run.parameters).map(([key, value]) => {
      const schema = stage.value?.manifest.parameters ?? {}
      const setting = settingText(schema, { key, given: value }, switchWords)
      return [setting.title, setting.value]
    })
    const about = stage.value?.line || splitLead(stage.value?.description ?? '').lead
    return {
      language: locale.value,
      title: t('report.of_run', { name }),
      line: about,
      facts: facts(run, name),
      input: await inputOf(run),
      pictures: { title: t('report.result'), urls: await paperPictures(drawn.slice(0, mostDrawn)) },
      tables: [
        {
          title: t('report.parameters'),
          head: [t('report.parameter'), t('report.value')],
          rows: parameters,
          more: null,
        },
        tableOfRows(rows, {
          title: t('report.numbers'),
          cell: resultTexts().cell,
          more: (shown, count) => t('report.more', { shown, count }),
        }),
      ],
      foot: t('report.foot', { app: appTitle.value, time: reportTime(new Date(), locale.value), id: run.id }),
    }
  }
}
