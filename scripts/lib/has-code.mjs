/**
 * Whether an error of the system has one of these codes, such as `ENOENT`.
 * @param {unknown} error @param {string[]} codes
 */
export const hasCode = (error, ...codes) =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))
