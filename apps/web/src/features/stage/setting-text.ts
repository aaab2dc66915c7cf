import type { Json, Stage } from '@vitrine/contract'
import { formFields } from './schema-form.ts'

/** The words for a switch that is on or off. */
export type SwitchWords = { on: string; off: string }

const valueText = (value: Json | undefined, { on, off }: SwitchWords): string => {
  if (value === undefined) return '—'
  if (typeof value === 'boolean') return value ? on : off
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A parameter and its value as the form names them. A missing value means the algorithm's own default. */
export const settingText = (
  schema: Stage['manifest']['parameters'],
  { key, given }: { key: string; given: Json | undefined },
  words: SwitchWords,
): { title: string; value: string } => {
  const field = formFields(schema).find((candidate) => candidate.key === key)
  const value = given ?? field?.default
  const options = field?.control.type === 'options' ? field.control.options : []
  const option = options.find((candidate) => candidate.value === value)
  return { title: field?.title ?? key, value: option?.label ?? valueText(value, words) }
}
