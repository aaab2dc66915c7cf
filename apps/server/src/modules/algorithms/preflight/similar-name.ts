/** The longest name that is compared with those of libraries. */
const longest = 40

/** How many letters must be added, left out, changed, or exchanged with their neighbour to make one name the other. */
function distance(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_value, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const steps = [
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      ]
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (row > 1 && column > 1 && isExchanged) steps.push((before[column - 2] ?? 0) + 1)
      next.push(Math.min(...steps))
    }
    before = last
    last = next
  }
  return last[other.length] ?? 0
}

/** The name that was probably meant by a misspelt one. Null if none is near. */
export function similarName(name: string, known: Iterable<string>): string | null {
  if (name.length < 4 || name.length > longest) return null
  const wrong = name.toLowerCase()
  const near = name.length < 8 ? 1 : 2
  for (const one of known)
    if (
      one.length > 2 &&
      Math.abs(one.length - wrong.length) <= near &&
      distance(wrong, one.toLowerCase()) <= near
    )
      return one
  return null
}
