/** The code of an error of the system or of a library, such as `ENOENT` or `UND_ERR_SOCKET`; empty without one. Pure. */
export const codeOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** Whether an error has one of these codes. Pure. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(codeOfError(error))
