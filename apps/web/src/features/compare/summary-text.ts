import { toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { durationText } from '../../shared/amounts.ts'
import { spacedHan } from '../../shared/han-spacing.ts'
import { useKindName } from '../../shared/kinds/kind-name.ts'
import { useLabelText } from '../../shared/label-text.ts'
import { scoreText } from '../../shared/score-text.ts'
import type { BoardColumn } from './board-columns.ts'
import type { SummaryRow } from './summary.ts'

// Durations below 10 ms are shown with decimals, so that they can be told apart.
const secondsText = (seconds: number, locale: string): string =>
  seconds >= 0.01
    ? durationText(seconds * 1000, locale)
    : spacedHan(
        new Intl.NumberFormat(locale, {
          style: 'unit',
          unit: 'millisecond',
          unitDisplay: 'short',
          maximumSignificantDigits: 2,
        }).format(seconds * 1000),
      )

/** The texts of the summary's rows and values. A row that several algorithms share is called as the first of them calls it. */
export const useSummaryText = (columns: MaybeRefOrGetter<readonly Pick<BoardColumn, 'titles'>[]>) => {
  const { t, te, locale } = useI18n()
  const kindName = useKindName()
  const labelText = useLabelText()

  const titleOf = (name: string): string | undefined =>
    toValue(columns).find(({ titles }) => titles[name] !== undefined)?.titles[name]
  const rowTitle = ({ of, unit }: SummaryRow): string => {
    if (of.type !== 'output') return t(`compare.row.${of.type}`)
    const known = of.name === null ? undefined : titleOf(of.name)
    const own = `kinds.${of.kind}.measure`
    return t(te(own) ? own : `compare.row.${unit}`, { name: known ?? of.name ?? kindName(of.kind) })
  }
  const valueText = ({ unit, values }: SummaryRow, place: number): string => {
    const found = values[place]
    if (found === undefined || found === null) return '—'
    if (typeof found.value === 'string') return unit === 'label' ? labelText(found.value) : found.value
    if (unit === 'seconds') return secondsText(found.value, locale.value)
    const number = found.value.toLocaleString(locale.value, { maximumFractionDigits: 6 })
    return found.suffix === undefined ? number : `${number} ${found.suffix}`
  }
  /** The small text next to a value: a label's score. */
  const note = ({ values }: SummaryRow, place: number): string => {
    const score = values[place]?.score
    return score === undefined ? '' : scoreText(score, score >= 0 && score <= 1)
  }
  return { rowTitle, valueText, note }
}
