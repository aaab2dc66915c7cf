import type { Output } from '@vitrine/contract'

/** Pairs outputs of two results: the same kind with the same name, or else the next of that kind. */
export const pairOutputs = (
  base: readonly Output[],
  other: readonly Output[],
): { base: Output; other: Output }[] => {
  const left = [...base]
  return other.flatMap((output) => {
    const kin = left.filter(({ kind }) => kind === output.kind)
    const found = kin.find(({ name }) => name === output.name) ?? kin[0]
    if (found === undefined) return []
    left.splice(left.indexOf(found), 1)
    return [{ base: found, other: output }]
  })
}
