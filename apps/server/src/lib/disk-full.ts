/** Whether the file system has no room for what was written. */
export const isDiskFull = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC'
