/**
 * The line and the area of a small chart, as SVG paths in a box of this size. The scale goes from zero to the
 * largest value. Null is a gap, and a value between two gaps is a dot. Pure.
 */
export const sparkPaths = (
  values: readonly (number | null)[],
  size: { width: number; height: number },
): { line: string; area: string } => {
  const top = Math.max(0, ...values.map((value) => value ?? 0)) || 1
  // Half the width of the line above and below, so that it is not cut off.
  const room = 1
  const step = size.width / Math.max(1, values.length - 1)
  const floor = size.height - room
  const at = (place: number, value: number) =>
    `${(place * step).toFixed(1)} ${(floor - (Math.max(0, value) / top) * (floor - room)).toFixed(1)}`
  let [line, area] = ['', '']
  for (const { from, run } of runsOf(values)) {
    const points = run.map((value, place) => at(from + place, value)).join('L')
    const [left, right] = [from * step, (from + run.length - 1) * step].map((x) => x.toFixed(1))
    line += run.length === 1 ? `M${points}h0` : `M${points}`
    area += `M${left} ${floor}L${points}L${right} ${floor}Z`
  }
  return { line, area }
}

/** The parts without a gap, with their first index. */
const runsOf = (values: readonly (number | null)[]): { from: number; run: number[] }[] => {
  const runs: { from: number; run: number[] }[] = []
  for (const [place, value] of values.entries()) {
    if (value === null) continue
    const last = runs.at(-1)
    if (last !== undefined && last.from + last.run.length === place) last.run.push(value)
    else runs.push({ from: place, run: [value] })
  }
  return runs
}
