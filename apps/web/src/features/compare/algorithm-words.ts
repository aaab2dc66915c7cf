import type { Json, Say, Stage } from '@vitrine/contract'
import { readerWordsOf } from '../../shared/results/reader-words.ts'
import { outputTitles } from '../stage/output-titles.ts'
import { settingText, type SwitchWords } from '../stage/setting-text.ts'

/** What is needed of an algorithm to use its own names. */
type Described = Pick<Stage, 'service_id' | 'name'> & {
  manifest: Pick<Stage['manifest'], 'parameters' | 'output' | 'result_words'>
}
/** The words of each algorithm for itself: its name, its parameters, its outputs and the texts of its results. */
export type AlgorithmWords = {
  nameOf: (serviceId: string) => string
  /** A parameter and its value as the form names them. */
  settingOf: (serviceId: string, key: string, value: Json | undefined) => { title: string; value: string }
  /** The titles of an algorithm's outputs by name. */
  titlesOf: (serviceId: string) => Record<string, string>
  /** What says the texts of an algorithm's results in the reader's language; undefined if they stay as they are. */
  sayOf: (serviceId: string) => Say | undefined
}

/** The names of some algorithms. An unknown algorithm is named by its id, and its parameters by their keys. */
export const algorithmWords = (
  algorithms: readonly Described[],
  switchWords: SwitchWords,
): AlgorithmWords => {
  const known = new Map(algorithms.map((algorithm) => [algorithm.service_id, algorithm]))
  const titles = new Map(
    algorithms.map(({ service_id, manifest }) => [service_id, outputTitles(manifest.output)]),
  )
  const says = new Map(algorithms.map((algorithm) => [algorithm.service_id, readerWordsOf(algorithm)]))
  return {
    nameOf: (serviceId) => known.get(serviceId)?.name ?? serviceId,
    settingOf: (serviceId, key, given) =>
      settingText(known.get(serviceId)?.manifest.parameters ?? {}, { key, given }, switchWords),
    titlesOf: (serviceId) => titles.get(serviceId) ?? {},
    sayOf: (serviceId) => says.get(serviceId),
  }
}
