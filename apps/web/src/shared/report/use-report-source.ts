import type { Json } from '@vitrine/contract'
import { useI18n } from 'vue-i18n'
import { useLabelText } from '../label-text.ts'
import type { PictureForm } from './report-pictures.ts'
import type { ReportSource } from './report.types.ts'

const mostRows = { page: 20, column: 8 } as const

/** What the text of a report needs, for an element of the input, in the reader's language. */
export const useReportSource = (form: PictureForm): ((input: Json | undefined) => ReportSource) => {
  const { t } = useI18n()
  const labelText = useLabelText()
  return (input) => ({ input, labelText, mostRows: mostRows[form], t: (key, named = {}) => t(key, named) })
}
