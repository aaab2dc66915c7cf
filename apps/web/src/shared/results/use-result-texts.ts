import { useI18n } from 'vue-i18n'
import { useKindName } from '../kinds/kind-name.ts'
import type { ResultTexts } from './result-rows.ts'

/** The words of a table of results in the reader's language. */
export const useResultTexts = (): (() => ResultTexts) => {
  const { t } = useI18n()
  const kind = useKindName()
  return () => ({ kind, cell: (name) => t(`viewers.cell.${name}`), failed: t('runs.status.failed') })
}
