/** Between two Chinese characters a line that was folded leaves a space, which nobody has written. */
const folded =
  /(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])[ \t]+(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])/g

/** A description's first sentence, and the rest; a description without an end of sentence is all lead. */
export const splitLead = (description: string): { lead: string; rest: string } => {
  const text = description.trim().replace(folded, '')
  const end = /[。！？]|[.!?](?=\s)/.exec(text)
  if (end === null) return { lead: text, rest: '' }
  const cut = end.index + end[0].length
  return { lead: text.slice(0, cut), rest: text.slice(cut).trim() }
}
