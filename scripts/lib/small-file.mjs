import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { hasCode } from './has-code.mjs'

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
/** The error codes for a file that is absent, closed to us, a link, a socket, or on an invalid path. */
const absent = ['ENOENT', 'EACCES', 'EPERM', 'ELOOP', 'ENXIO', 'ENOTDIR', 'ESRCH']

/** @param {string} file */
function openIfThere(file) {
  try {
    // Without O_NONBLOCK, opening a pipe in place of the file would block for ever.
    return openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
  } catch (error) {
    if (hasCode(error, ...absent)) return null
    throw error
  }
}

/**
 * The text of a small file in a folder that another account may write to. Null if there is none, or if it is
 * anything but a plain file of at most `most` bytes: links are not followed.
 * @param {string} file @returns {string | null}
 */
export function readSmall(file, most = 4_096) {
  const fd = openIfThere(file)
  if (fd === null) return null
  try {
    if (!fstatSync(fd).isFile()) return null
    const bytes = Buffer.alloc(most + 1)
    const size = readSync(fd, bytes, 0, most + 1, 0)
    return size > most ? null : bytes.toString('utf8', 0, size)
  } finally {
    closeSync(fd)
  }
}
