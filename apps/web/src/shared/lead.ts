/** A folded line in YAML leaves a space between two Chinese characters that nobody wrote. */
const folded =
  /(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])[ \t]+(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])/g

/**
 * Splits a description into its first sentence and the rest. Without the end of a sentence, everything is the
 * first part.
 */
export const splitLead = (description: string): { lead: string; rest: string } => {
  const text = description.trim().replace(folded, '')
  const end = /[。！？]|[.!?](?=\s)/.exec(text)
  if (end === null) return { lead: text, rest: '' }
  const cut = end.index + end[0].length
  return { lead: text.slice(0, cut), rest: text.slice(cut).trim() }
}
