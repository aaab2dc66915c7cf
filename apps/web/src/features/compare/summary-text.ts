import { toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { durationText } from '../../shared/amounts.ts'
import { useKindName } from '../../shared/kinds/kind-name.ts'
import { scoreText } from '../../shared/score-text.ts'
import type { SummaryRow } from './summary.ts'

// What takes less than 10 ms is told apart by its fractions.
const secondsText = (seconds: number, locale: string): string =>
  seconds >= 0.01
    ? durationText(seconds * 1000, locale)
    : new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: 'millisecond',
        unitDisplay: 'short',
        maximumSignificantDigits: 2,
      }).format(seconds * 1000)

/** The summary's rows and values in the reader's words. `titles` are those of the outputs, by their names. */
export const useSummaryText = (titles: MaybeRefOrGetter<Record<string, string>>) => {
  const { t, te, locale } = useI18n()
  const kindName = useKindName()

  const rowTitle = ({ of, unit }: SummaryRow): string => {
    if (of.type !== 'output') return t(`compare.row.${of.type}`)
    const known = of.name === null ? undefined : toValue(titles)[of.name]
    const own = `kinds.${of.kind}.measure`
    return t(te(own) ? own : `compare.row.${unit}`, { name: known ?? of.name ?? kindName(of.kind) })
  }
  const valueText = ({ unit, values }: SummaryRow, place: number): string => {
    const found = values[place]
    if (found === undefined || found === null) return '—'
    if (typeof found.value === 'string') return found.value
    if (unit === 'seconds') return secondsText(found.value, locale.value)
    const number = found.value.toLocaleString(locale.value, { maximumFractionDigits: 6 })
    return found.suffix === undefined ? number : `${number} ${found.suffix}`
  }
  /** What stands small beside a value: a label's score. */
  const note = ({ values }: SummaryRow, place: number): string => {
    const score = values[place]?.score
    return score === undefined ? '' : scoreText(score, score >= 0 && score <= 1)
  }
  return { rowTitle, valueText, note }
}
