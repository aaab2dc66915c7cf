import type { Stage } from '@vitrine/contract'
import { inputKind, type InputKind } from '../stage/input-kind.ts'

type Input = Pick<Stage, 'manifest' | 'examples'>

/** Whether what one algorithm takes can be given to another: text to text, a picture to what takes pictures or any file. */
export const fitsInput = (given: Input, taker: Input): boolean => {
  const [has, wants]: [InputKind, InputKind] = [inputKind(given), inputKind(taker)]
  if (has.type !== 'media' || wants.type !== 'media') return has.type === wants.type
  return has.medium === wants.medium || has.medium === 'file' || wants.medium === 'file'
}
