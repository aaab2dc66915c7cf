import type { ReportBlock } from '../../report/report.types.ts'

/** The text as it is. */
const report = (text: string): ReportBlock[] => [{ type: 'paragraph', text, look: 'usual' }]

export default report
