/**
 * What vitest's JSON reporter says, as far as it is read here.
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string, fullName: string }[] }[] }} Report
 */

/**
 * The numbers of a test run in one line, `N passed, N failed` and `, N skipped` where some were. A file that could not be
 * loaded has no tests to count, and counts as one that failed.
 * @param {Report} report
 */
export function closingLine(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const skipped = report.numPendingTests + report.numTodoTests
  const line = `${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`
  return skipped > 0 ? `${line}, ${skipped} skipped` : line
}

/** A line for each test that was skipped. Their names say why. @param {Report} report */
export const skippedLines = (report) =>
  report.testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => `skipped: ${fullName}`)
