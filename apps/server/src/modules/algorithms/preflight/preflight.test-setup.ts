import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { toInspection } from '../recognition/recognise.ts'
import { codeCheckerHere } from './code-checker.test-setup.ts'
import { examine } from './preflight.ts'

/** Checks code with the interpreters of this machine. */
export const checker = codeCheckerHere()

/** What an inspection of these files says. */
export const examined = async (files: Files) =>
  toInspection(await examine({ code: checker }, 'anna', viewOf(files), { packageName: 'demo' }), [], 'en')

/** The smallest algorithm. */
export const algorithm = 'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n'

/** The findings with this name, without `preflight.` before it. */
export const about = async (files: Files, wanted: string) => {
  const { problems, warnings } = await examined(files)
  return [...problems, ...warnings].filter((one) => one.code === `preflight.${wanted}`)
}
