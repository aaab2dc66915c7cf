type Token = { text: string; start: number; end: number; label: string }
/** Marked pieces of a text that both results have with the same label, and those that only one of them has. */
export type SpanDifference = { same: Token[]; onlyBase: Token[]; onlyOther: Token[] }

const keyOf = ({ start, end, label }: Token): string => `${start} ${end} ${label}`

/** Compares what two results marked in the same text, by place and label. */
export const compareSpans = (base: readonly Token[], other: readonly Token[]): SpanDifference => {
  const before = new Set(base.map(keyOf))
  const after = new Set(other.map(keyOf))
  return {
    same: other.filter((token) => before.has(keyOf(token))),
    onlyBase: base.filter((token) => !after.has(keyOf(token))),
    onlyOther: other.filter((token) => !before.has(keyOf(token))),
  }
}
