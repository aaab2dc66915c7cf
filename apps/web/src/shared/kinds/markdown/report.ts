import type { ReportBlock } from '../../report/report.types.ts'
import { plainText } from './plain-text.ts'

/** The words without their format: a report has nothing in it that is read as HTML. */
const report = (data: string): ReportBlock[] => [{ type: 'paragraph', text: plainText(data), look: 'usual' }]

export default report
