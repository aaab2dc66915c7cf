import type { Json, Stage } from '@vitrine/contract'
import { outputTitles } from '../stage/output-titles.ts'
import { formFields } from '../stage/schema-form.ts'

/** What is needed of an algorithm to use its own names. */
type Described = Pick<Stage, 'service_id' | 'name'> & {
  manifest: Pick<Stage['manifest'], 'parameters' | 'output' | 'result_words'>
}
/** Names of algorithms, parameters and outputs. */
export type AlgorithmWords = {
  nameOf: (serviceId: string) => string
  /** A parameter and its value as the form names them. */
  settingOf: (serviceId: string, key: string, value: Json | undefined) => { title: string; value: string }
  /** The titles of outputs by name. */
  outputs: Record<string, string>
}

/** The words for a switch that is on or off. */
type SwitchWords = { on: string; off: string }

const valueText = (value: Json | undefined, { on, off }: SwitchWords): string => {
  if (value === undefined) return '—'
  if (typeof value === 'boolean') return value ? on : off
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The names of some algorithms. An unknown algorithm is named by its id, and its parameters by their keys. */
export const algorithmWords = (
  algorithms: readonly Described[],
  switchWords: SwitchWords,
): AlgorithmWords => {
  const known = new Map(algorithms.map((algorithm) => [algorithm.service_id, algorithm]))
  return {
    nameOf: (serviceId) => known.get(serviceId)?.name ?? serviceId,
    settingOf: (serviceId, key, given) => {
      const fields = formFields(known.get(serviceId)?.manifest.parameters ?? {})
      const field = fields.find((candidate) => candidate.key === key)
      // A missing value means the algorithm's own default.
      const value = given ?? field?.default
      const options = field?.control.type === 'options' ? field.control.options : []
      const option = options.find((candidate) => candidate.value === value)
      return { title: field?.title ?? key, value: option?.label ?? valueText(value, switchWords) }
    },
    outputs: Object.assign({}, ...algorithms.map(({ manifest }) => outputTitles(manifest.output))),
  }
}
