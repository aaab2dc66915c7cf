import { codeCheckerHere } from '../preflight/code-checker.test-setup.ts'
import { createRecogniser, type Recogniser } from './recogniser.ts'

let recogniser: Recogniser | null = null

/** The recogniser of the tests of this process. They share its threads, because each new one loads all of recognition. */
export function recogniserHere(): Recogniser {
  recogniser ??= createRecogniser(codeCheckerHere(), ({ error }) => console.error(error))
  return recogniser
}
