import type { Output } from '@vitrine/contract'
import { dataDifference } from './data-difference.ts'
import type { KindContext, ShownDifference } from '../kinds/kind.ts'
import { kindNamed } from '../kinds/registry.ts'

/** Compares two outputs of one kind. Null if that kind cannot be compared, or the data is not in its form. */
export const differenceOf = async (
  base: Output,
  other: Output,
  context: KindContext,
  baseContext: KindContext,
): Promise<ShownDifference | null> => {
  const kind = kindNamed(other.kind)
  return kind === undefined
    ? dataDifference(base.data, other.data)
    : kind.difference(base.data, other.data, context, baseContext)
}
