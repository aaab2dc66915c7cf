import type { Json } from '@vitrine/contract'
import { cutText } from '../cut-text.ts'
import type { ReportBlock } from './report.types.ts'

const longest = 3000

/** The beginning of any data as JSON. */
export const dataBlock = (data: Json): ReportBlock => ({
  type: 'paragraph',
  text: cutText(JSON.stringify(data, null, 2), longest),
  look: 'code',
})
