import type { ResultData } from '@vitrine/contract/results'
import type { ReportBlock, ReportSource } from '../../report/report.types.ts'
import { labelColours } from '../../viewers/label-colours.ts'
import { tokenSegments, type Segment } from './segments.ts'

/** The text with its marks. If no text fits, only the marked parts. */
const report = (data: ResultData<'tokens'>, { input, t, labelText }: ReportSource): ReportBlock[] => {
  if (data.length === 0) return [{ type: 'paragraph', text: t('kinds.tokens.nothing_marked'), look: 'quiet' }]
  const colours = labelColours(data.map(({ label }) => label))
  const marked = typeof input === 'string' ? tokenSegments(input, data) : null
  const segments: Segment[] = marked ?? data.map((token) => ({ text: token.text, token }))
  const parts = segments.map(({ text, token }) => ({
    text,
    as:
      token === null
        ? null
        : { type: 'mark' as const, label: labelText(token.label), colour: colours.get(token.label) ?? '' },
  }))
  return [{ type: 'parts', parts }]
}

export default report
