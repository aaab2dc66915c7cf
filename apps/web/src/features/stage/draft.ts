import type { Json, Run, Stage } from '@vitrine/contract'
import { blankElement, inputKind } from './input-kind.ts'
import { formFields, initialValues, knownParameters, type FormValues } from './schema-form.ts'

/** The input of the next run, and where it comes from. */
export type Draft = {
  source: { type: 'example'; index: number } | { type: 'run'; id: string } | { type: 'own' }
  /** Empty until a media file is chosen. */
  inputData: Json[]
  parameters: FormValues
}

const startValues = ({ manifest: { parameters } }: Stage, chosen: FormValues = {}): FormValues =>
  initialValues(formFields(parameters), knownParameters(parameters, chosen).known)

/** A demo input with its parameters. If there is none with this number, the first one or a blank input. */
export const draftOfExample = (stage: Stage, index: number): Draft => {
  const place = stage.examples[index] === undefined ? 0 : index
  const example = stage.examples[place]
  if (example === undefined) return blankDraft(stage)
  return {
    source: { type: 'example', index: place },
    inputData: example.input_data,
    parameters: startValues(stage, example.parameters),
  }
}

/** An empty input. */
export const blankDraft = (stage: Stage): Draft => {
  const kind = inputKind(stage)
  const blank = kind.type === 'text' ? [''] : [blankElement(stage.manifest.input)]
  return {
    source: { type: 'own' },
    inputData: kind.type === 'media' ? [] : blank,
    parameters: startValues(stage),
  }
}

/** The input and parameters of an earlier run, without those that no longer exist, and its demo input if it had one. */
export const draftOfRun = (stage: Stage, run: Run): Draft => {
  const same = JSON.stringify(run.input_data)
  const parameters = JSON.stringify(startValues(stage, run.parameters))
  const given = stage.examples
    .map((example, place) => ({ example, place }))
    .filter(({ example }) => JSON.stringify(example.input_data) === same)
  const exact = given.find(
    ({ example }) => JSON.stringify(startValues(stage, example.parameters)) === parameters,
  )
  const index = (exact ?? given[0])?.place
  return {
    source: index === undefined ? { type: 'run', id: run.id } : { type: 'example', index },
    inputData: run.input_data,
    parameters: startValues(stage, run.parameters),
  }
}

/** Whether there is an input to run on: at least one element, and no blank text. */
export const isGiven = (inputData: readonly Json[]): boolean =>
  inputData.length > 0 && inputData.every((element) => typeof element !== 'string' || element.trim() !== '')

/** Whether the draft can be run. */
export const isComplete = ({ inputData }: Draft): boolean => isGiven(inputData)
