import type { Output } from '@vitrine/contract'
import type { KindContext } from '../kinds/kind.ts'
import { kindNamed } from '../kinds/registry.ts'
import { groupOutputs, readOutput, type OutputGroup } from './outputs.ts'
import { dataBlock } from '../report/data-block.ts'
import type { DrawnGroup, ReportBlock, ReportSource } from '../report/report.types.ts'

/** Whether a report has a table of the findings of outputs of this kind: they are drawn, and nothing else says them as text. */
export const isListed = (kind: string): boolean => kindNamed(kind)?.listed === true

const blocksOf = async (
  group: OutputGroup,
  drawn: DrawnGroup | undefined,
  { context, source }: { context: KindContext; source: ReportSource },
): Promise<readonly ReportBlock[]> => {
  const pictures = drawn?.pictures ?? []
  if (group.type === 'picture') return pictures
  const { output } = group
  if (output.show === 'json') return [dataBlock(output.data)]
  const told = await kindNamed(output.kind)?.report(output.data, context, source)
  if (told) return [...pictures, ...told]
  return pictures.length > 0 ? pictures : (drawn?.text ?? [])
}

/** What a report shows of the outputs for one element of the input, in the order of the page. `drawn` are the groups on the page. */
export const resultBlocks = async (
  outputs: readonly Output[],
  drawn: readonly DrawnGroup[],
  words: { context: KindContext; source: ReportSource },
): Promise<ReportBlock[]> => {
  const groups = groupOutputs(await Promise.all(outputs.map(readOutput)))
  const blocks = await Promise.all(
    groups.map(async (group, place): Promise<ReportBlock[]> => {
      const shown = await blocksOf(group, drawn[place], words)
      const title = groups.length > 1 && group.type === 'single' ? (drawn[place]?.title ?? '') : ''
      return shown.length === 0 ? [] : [{ type: 'heading', text: title }, ...shown]
    }),
  )
  return blocks.flat()
}
