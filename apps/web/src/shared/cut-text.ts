/** A text with at most this many characters, and a sign that it was longer. No character is cut in two. */
export const cutText = (text: string, longest: number): string => {
  if (text.length <= longest) return text
  const points = Array.from(text)
  return points.length > longest ? `${points.slice(0, longest).join('')}…` : text
}
