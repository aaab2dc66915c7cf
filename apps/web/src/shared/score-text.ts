/**
 * A score for people: `93.2%`, or the number as it is with at most four digits behind the point. What is nearly nothing or
 * nearly certain is not rounded to nothing or certain.
 */
export const scoreText = (score: number, percent: boolean): string => {
  if (!percent) return String(Math.round(score * 10_000) / 10_000)
  if (score > 0 && score < 0.0005) return '<0.1%'
  if (score < 1 && score >= 0.9995) return '>99.9%'
  return `${(score * 100).toFixed(1)}%`
}
