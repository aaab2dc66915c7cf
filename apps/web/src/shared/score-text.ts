/**
 * A score as text: `93.2%`, or the number with at most four decimal places. A score close to 0 or 1 is not
 * rounded to 0 % or 100 %.
 */
export const scoreText = (score: number, percent: boolean): string => {
  if (!percent) return String(Math.round(score * 10_000) / 10_000)
  if (score > 0 && score < 0.0005) return '<0.1%'
  if (score < 1 && score >= 0.9995) return '>99.9%'
  return `${(score * 100).toFixed(1)}%`
}
