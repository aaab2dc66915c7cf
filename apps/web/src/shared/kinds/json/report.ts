import type { Json } from '@vitrine/contract'
import { dataBlock } from '../../report/data-block.ts'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'
import tableReport from '../table/report.ts'
import { recordsIn } from './records.ts'
import { sentencesIn } from './sentences.ts'

/** Sentences one on each line, records as a table, and other data as JSON. */
const report = (data: Json, source: ReportSource): ReportBlock[] => {
  const records = recordsIn(data)
  if (records) return tableReport(records, source)
  const sentences = sentencesIn(data)
  return [
    sentences === null ? dataBlock(data) : { type: 'paragraph', text: sentences.join('\n'), look: 'usual' },
  ]
}

export default report
