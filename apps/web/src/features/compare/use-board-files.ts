import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useResultTexts } from '../../shared/results/use-result-texts.ts'
import { saveAddress, saveText } from '../../shared/save-text.ts'
import { useAssetAddress } from '../../shared/viewers/media-source.ts'
import { useRunErrorText } from '../runs/run-error-text.ts'
import type { BoardColumn } from './board-columns.ts'
import { boardCsv, type CsvTexts } from './board-csv.ts'
import { boardPng, fileNameOf } from './board-png.ts'
import { summarise } from './summary.ts'
import { useSummaryText } from './summary-text.ts'

/** Saves a comparison as a picture of `sheet` and as a table, both in the reader's language. `drawing` is true meanwhile. */
export const useBoardFiles = (
  columns: Readonly<Ref<readonly BoardColumn[]>>,
  { title, sheet }: { title: Readonly<Ref<string>>; sheet: Readonly<Ref<HTMLElement | null | undefined>> },
) => {
  const { t } = useI18n()
  const address = useAssetAddress()
  const resultTexts = useResultTexts()
  const runErrorText = useRunErrorText()
  const { rowTitle } = useSummaryText(columns)

  const drawing = ref(false)
  const savePng = async () => {
    if (!sheet.value) return
    drawing.value = true
    try {
      saveAddress(`${fileNameOf(title.value)}.png`, await boardPng(sheet.value))
    } catch (error) {
      console.error(error)
      ElMessage.error(t('compare.png_failed'))
    } finally {
      drawing.value = false
    }
  }

  const texts = (): CsvTexts => ({
    ...resultTexts(),
    columns: t('compare.columns'),
    column: t('compare.csv.column'),
    settings: t('stage.parameters'),
    state: t('compare.state'),
    rowTitle: (row) =>
      row.unit === 'seconds' ? t('compare.csv.seconds', { name: rowTitle(row) }) : rowTitle(row),
    release: (number) => t('compare.release', { number }),
    status: (status) => t(`runs.status.${status}`),
    failure: runErrorText,
  })
  const saveCsv = async () => {
    const rows = await summarise(columns.value, address)
    saveText(`${fileNameOf(title.value)}.csv`, await boardCsv(columns.value, rows, texts(), address))
  }
  return { savePng, saveCsv, drawing }
}
