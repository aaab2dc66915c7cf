import { hasCode } from './code-of-error.ts'
import { AppError } from './errors.ts'

/** A full file system, a full share of one, and PostgreSQL's code for either. */
const codes = ['ENOSPC', 'EDQUOT', '53100']

/** Whether something was not written because the file system has no room, of our own files or of the database's. */
export function isDiskFull(error: unknown): error is Error {
  for (let at = error; at instanceof Error && !(at instanceof AppError); at = at.cause)
    if (hasCode(at, ...codes)) return true
  return false
}
