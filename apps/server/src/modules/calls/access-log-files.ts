import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ifThere } from '../../lib/if-there.ts'

/** A file of the access log. `state` changes when something is written to the file or another file takes its name. */
type LogFile = { path: string; state: string }

const headBytes = 4_096
const newline = 0x0a

const stateOf = ({ dev, ino, size, mtimeMs }: Stats): string => `${dev} ${ino} ${size} ${mtimeMs}`

/** The state of a file by its name. Null if there is none. Costs one `stat`. */
export async function fileState(path: string): Promise<string | null> {
  const found = await ifThere(stat(path))
  return found && stateOf(found)
}

/** The state of an open file, whatever its name is by now. */
export const openState = async (file: FileHandle): Promise<string> => stateOf(await file.stat())

/**
 * The files of the access log, with the oldest first: the rotated ones (`<path>.1`, `<path>.2` …) from the
 * highest number down, then `path` itself.
 */
export async function listLogFiles(path: string): Promise<LogFile[]> {
  const name = basename(path)
  const names = (await ifThere(readdir(dirname(path)))) ?? []
  const numbers = names.flatMap((each) => {
    const number = each.startsWith(`${name}.`) ? each.slice(name.length + 1) : ''
    return /^\d+$/.test(number) ? [Number(number)] : []
  })
  const paths = [
    ...numbers.toSorted((a, b) => b - a).map((number) => join(dirname(path), `${name}.${number}`)),
    path,
  ]
  const states = await Promise.all(paths.map(fileState))
  return paths.flatMap((each, place) => {
    const state = states[place]
    return state ? [{ path: each, state }] : []
  })
}

/** Opens a file for reading. Null if it no longer exists. */
export const openIfThere = (path: string): Promise<FileHandle | null> => ifThere(open(path, 'r'))

/**
 * The identity of a file, whatever its name: the SHA-256 of its first line, which holds a time and a request
 * id. Null while it has no complete line. Device and inode do not identify it: an inode is reused, and a restored
 * backup has another one.
 */
export async function fileIdentity(file: FileHandle): Promise<string | null> {
  const head = Buffer.alloc(headBytes)
  const { bytesRead } = await file.read(head, 0, headBytes, 0)
  const end = head.subarray(0, bytesRead).indexOf(newline)
  if (end === -1 && bytesRead < headBytes) return null
  const first = head.subarray(0, end === -1 ? headBytes : end)
  return createHash('sha256').update(first).digest('hex')
}

/**
 * The complete lines in the next `buffer.length` bytes from `offset`, and the offset after them. An
 * incomplete line is read again later. A line longer than the buffer is returned in pieces.
 */
export async function readLines(
  file: FileHandle,
  offset: number,
  buffer: Buffer,
): Promise<{ lines: string[]; end: number }> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
  const last = buffer.subarray(0, bytesRead).lastIndexOf(newline)
  const length = last === -1 && bytesRead === buffer.length ? bytesRead : last + 1
  if (length === 0) return { lines: [], end: offset }
  const lines = buffer.toString('utf8', 0, length).split('\n')
  return { lines: lines.filter((line) => line !== ''), end: offset + length }
}
