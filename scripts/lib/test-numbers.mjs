/**
 * The output of vitest's JSON reporter, as far as we read it. Times are in milliseconds.
 * @typedef {{ testResults: TestFile[] }} Report
 * @typedef {{
 *   name: string, status: string, startTime: number, endTime: number,
 *   assertionResults: { status: string, fullName: string }[],
 * }} TestFile
 */

const slowestFiles = 5

/** A file that could not be loaded has no tests, and counts as one failure. @param {TestFile} file */
const isBroken = (file) => file.status === 'failed' && file.assertionResults.length === 0

/** @param {Report} report */
const testsOf = (report) => report.testResults.flatMap((file) => file.assertionResults)

/** @param {string} status */
const isSkipped = (status) => status !== 'passed' && status !== 'failed'

/**
 * Returns the numbers of a test run in one line: `N passed, N failed`, and `, N skipped` if some were
 * skipped.
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

/** Returns a line for each skipped test. Their names say why. @param {Report} report */
export const skippedLines = (report) =>
  testsOf(report)
    .filter(({ status }) => isSkipped(status))
    .map(({ fullName }) => `skipped: ${fullName}`)

/** @param {TestFile} file */
const secondsOf = (file) => Math.round((file.endTime - file.startTime) / 1000)

/** Returns a line for each of the slowest files. @param {Report} report */
export const slowestLines = (report) =>
  report.testResults
    .toSorted((one, other) => secondsOf(other) - secondsOf(one))
    .slice(0, slowestFiles)
    .map((file) => `slow: ${secondsOf(file)} s ${file.name}`)
