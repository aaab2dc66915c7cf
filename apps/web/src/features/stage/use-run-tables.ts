import { useI18n } from 'vue-i18n'
import type { ReportBlock } from '../../shared/report/report.types.ts'
import { useReaderWords } from '../../shared/results/reader-words.ts'
import { isListed } from '../../shared/results/report-blocks.ts'
import { tableOfRows } from '../../shared/results/report-table.ts'
import { resultRows } from '../../shared/results/result-rows.ts'
import { useResultTexts } from '../../shared/results/use-result-texts.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import type { AnsweredRun } from '../runs/answered-run.ts'
import type { ReportAbout } from './report-about.ts'
import { settingText } from './setting-text.ts'

type Source = { run: AnsweredRun; titles: Record<string, string> }

/** The tables of the report of a run: what was found in pictures, and the parameters. */
export const useRunTables = (about: () => ReportAbout | undefined) => {
  const { t } = useI18n()
  const address = useAssetAddress()
  const say = useReaderWords()
  const resultTexts = useResultTexts()

  /** Findings in pictures. What is told as text needs no table. */
  const findings = async ({ run, titles }: Source): Promise<ReportBlock> => {
    const drawn = run.result.predictions.map((prediction) => ({
      ...prediction,
      outputs: prediction.outputs.filter(({ kind }) => isListed(kind)),
    }))
    const rows = await resultRows(drawn, { titles, context: { address, say: say.value } }, resultTexts())
    const table = tableOfRows(rows, {
      title: '',
      cell: resultTexts().cell,
      more: (shown, count) => t('report.more', { shown, count }),
      several: run.input_data.length > 1,
    })
    return { type: 'rows', ...table }
  }
  const parameters = (run: AnsweredRun): ReportBlock => ({
    type: 'rows',
    title: '',
    head: [t('report.parameter'), t('report.value')],
    rows: Object.entries(run.parameters).map(([key, value]) => {
      const schema = about()?.manifest.parameters ?? {}
      const words = { on: t('compare.on'), off: t('compare.off') }
      const setting = settingText(schema, { key, given: value }, words)
      return [setting.title, setting.value]
    }),
    more: null,
  })
  return { findings, parameters }
}
