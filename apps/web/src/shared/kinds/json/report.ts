import type { Json } from '@vitrine/contract'
import { dataBlock } from '../../report/data-block.ts'
import type { ReportBlock } from '../../report/report.types.ts'
import { sentencesIn } from './sentences.ts'

/** Sentences one on each line, and other data as JSON. */
const report = (data: Json): ReportBlock[] => {
  const sentences = sentencesIn(data)
  return [
    sentences === null ? dataBlock(data) : { type: 'paragraph', text: sentences.join('\n'), look: 'usual' },
  ]
}

export default report
