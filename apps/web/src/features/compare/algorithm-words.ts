import type { Json, Stage } from '@vitrine/contract'
import { outputTitles } from '../stage/output-titles.ts'
import { formFields } from '../stage/schema-form.ts'

/** What is needed to speak of an algorithm as it calls itself. */
type Described = Pick<Stage, 'service_id' | 'name'> & {
  manifest: Pick<Stage['manifest'], 'parameters' | 'output'>
}
/** How algorithms, their parameters and their outputs are called. */
export type AlgorithmWords = {
  nameOf: (serviceId: string) => string
  /** A parameter and its value in the form's words. */
  settingOf: (serviceId: string, key: string, value: Json | undefined) => { title: string; value: string }
  /** Titles of outputs by their names. */
  outputs: Record<string, string>
}

/** How a switch that is on, and one that is off, is called. */
type SwitchWords = { on: string; off: string }

const valueText = (value: Json | undefined, { on, off }: SwitchWords): string => {
  if (value === undefined) return '—'
  if (typeof value === 'boolean') return value ? on : off
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The words of some algorithms; one that is not among them is called by its id, as its parameters are by their keys. */
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
      // What is not given is the algorithm's own default.
      const value = given ?? field?.default
      const options = field?.control.type === 'options' ? field.control.options : []
      const option = options.find((candidate) => candidate.value === value)
      return { title: field?.title ?? key, value: option?.label ?? valueText(value, switchWords) }
    },
    outputs: Object.assign({}, ...algorithms.map(({ manifest }) => outputTitles(manifest.output))),
  }
}
