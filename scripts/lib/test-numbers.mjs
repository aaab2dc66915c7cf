/**
 * What vitest's JSON reporter says, as far as it is read here.
 * @typedef {{ testResults: TestFile[] }} Report
 * @typedef {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }} TestFile
 */

/** So many files that fail beside others are no matter of a busy machine any more. */
const mostAgain = 3

/** A file that could not be loaded has no tests to count, and counts as one that failed. @param {TestFile} file */
const isBroken = (file) => file.status === 'failed' && file.assertionResults.length === 0

/** @param {Report} report */
const testsOf = (report) => report.testResults.flatMap((file) => file.assertionResults)

/** @param {string} status */
const isSkipped = (status) => status !== 'passed' && status !== 'failed'

/**
 * The numbers of a test run in one line, `N passed, N failed` and `, N skipped` where some were.
 * @param {Report} report
 */
export function closingLine(report) {
  const tests = testsOf(report)
  const count = (/** @type {string} */ status) => tests.filter((test) => test.status === status).length
  const skipped = tests.filter((test) => isSkipped(test.status)).length
  const failed = count('failed') + report.testResults.filter(isBroken).length
  const line = `${count('passed')} passed, ${failed} failed`
  return skipped > 0 ? `${line}, ${skipped} skipped` : line
}

/** A line for each test that was skipped. Their names say why. @param {Report} report */
export const skippedLines = (report) =>
  testsOf(report)
    .filter(({ status }) => isSkipped(status))
    .map(({ fullName }) => `skipped: ${fullName}`)

/**
 * The files to run again by themselves: those that failed beside others, where they are few. Tests of time and of load share the cores
 * with the other files; what fails alone as well is a fault.
 * @param {Report} report
 */
export function filesToRunAgain(report) {
  const failed = report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
  return failed.length <= mostAgain ? failed : []
}

/**
 * The run as it stands after some files were run again: these count as they went by themselves.
 * @param {Report} first @param {Report} again @returns {Report}
 */
export function afterRunningAgain(first, again) {
  const names = new Set(again.testResults.map(({ name }) => name))
  return { testResults: [...first.testResults.filter(({ name }) => !names.has(name)), ...again.testResults] }
}

/**
 * A line for each test that failed beside others and not by itself: it depends on what else runs, and wants mending.
 * @param {Report} first @param {Report} again
 */
export function unsteadyLines(first, again) {
  const passed = new Set(
    testsOf(again)
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => fullName),
  )
  return testsOf(first)
    .filter(({ status, fullName }) => status === 'failed' && passed.has(fullName))
    .map(({ fullName }) => `unsteady: ${fullName} (failed beside other files, passed by itself)`)
}
