const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A small power of ten as people write it, such as 10⁻⁶; any other number as it is. Pure. */
export function powerText(value: number): string {
  const power = Math.round(Math.log10(value))
  if (power > -3 || Number(`1e${power}`) !== value) return String(value)
  return `10⁻${String(-power).replaceAll(/\d/g, (digit) => raised.charAt(Number(digit)))}`
}
