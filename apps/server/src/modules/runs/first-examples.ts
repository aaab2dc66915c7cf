import { languages, openingExample } from '@vitrine/contract'
import { platformActor } from '../../lib/actor.ts'
import { startRun, type RunsDeps } from './runs.usecases.ts'

/**
 * The demo inputs with which a stage opens: the first one, and one for each language. The first of all comes last,
 * because the showcase shows the newest result. Pure.
 */
export function firstExamples<Example extends { language?: string | undefined }>(
  examples: readonly Example[],
): Example[] {
  const [first] = examples
  const opening = languages.map((language) => examples[openingExample(examples, language)])
  const others = new Set(opening.toReversed().filter((example) => example !== first))
  return [...others, first].filter((example) => example !== undefined)
}

/** Runs each demo input with which the stage of a new release opens, once, so that the pages have results to show. */
export async function runFirstExamples(running: RunsDeps, serviceId: string): Promise<void> {
  const release = (await running.releases.active([serviceId])).get(serviceId)
  for (const { input_data: inputData, parameters } of firstExamples(release?.examples ?? []))
    await startRun(running, { actor: platformActor, serviceId, inputData, parameters })
}
