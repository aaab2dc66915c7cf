import type { Stage } from '@vitrine/contract'
import { inputKind, type InputKind } from '../stage/input-kind.ts'

type Input = Pick<Stage, 'manifest' | 'examples'>

/**
 * Whether the input of one algorithm can be used for another: a text for text, a picture for pictures or any
 * file.
 */
export const fitsInput = (given: Input, taker: Input): boolean => {
  const [has, wants]: [InputKind, InputKind] = [inputKind(given), inputKind(taker)]
  if (has.type !== 'media' || wants.type !== 'media') return has.type === wants.type
  return has.medium === wants.medium || has.medium === 'file' || wants.medium === 'file'
}
