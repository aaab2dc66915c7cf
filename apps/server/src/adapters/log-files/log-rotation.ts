import {
  closeSync,
  createReadStream,
  createWriteStream,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { open, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ifThere } from '../../lib/if-there.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { runCommand } from '../../lib/run-command.ts'
import { rotatingPath } from './log-segments.ts'

/**
 * A log file is rotated when it reaches `maxBytes`; `backups` old files are kept, with `.1` the newest. If it has `mostBytes`, nobody
 * has rotated it for long, or it grows faster than it can be rotated: only its end is kept, because a copy of all of it could fill the disk.
 */
export type LogRotation = { maxBytes: number; backups: number; mostBytes?: number }

const copiedAtOnce = 1024 * 1024
const comparedBytes = 64 * 1024

const sizeOf = async (path: string): Promise<number | null> => (await ifThere(stat(path)))?.size ?? null

/**
 * Renames the kept files to the next number and deletes those beyond `backups`. The rotated part becomes the
 * newest.
 */
async function shiftIn(path: string, backups: number): Promise<void> {
  for (let number = backups + 1; await pathExists(`${path}.${number}`); number++)
    await rm(`${path}.${number}`)
  for (let number = backups - 1; number >= 1; number--) {
    if (await pathExists(`${path}.${number}`)) await rename(`${path}.${number}`, `${path}.${number + 1}`)
  }
  await rename(rotatingPath(path), `${path}.1`)
}

async function beginningOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Completes a rotation that was killed. If the log still begins with the copy, it had not been shortened yet.
 */
async function recover(path: string, backups: number): Promise<void> {
  const copy = rotatingPath(path)
  const copied = await sizeOf(copy)
  if (copied === null) return
  const compared = Math.min(copied, comparedBytes)
  const isStillThere =
    (await pathExists(path)) && (await beginningOf(path, compared)).equals(await beginningOf(copy, compared))
  if (isStillThere) await rm(copy)
  else await shiftIn(path, backups)
}

/**
 * Removes whole blocks from the beginning of a file that is being written, without loss. False if the system
 * cannot.
 */
async function cutOff(path: string, bytes: number): Promise<boolean> {
  const { exitCode } = await runCommand({
    file: 'fallocate',
    args: ['--collapse-range', '--offset', '0', '--length', String(bytes), path],
    cwd: dirname(path),
    env: { PATH: '/usr/bin:/bin' },
  })
  return exitCode === 0
}

/**
 * Copies the bytes after `offset`, at most so many, and empties the file, without other work of this process in between. Bytes
 * written between the last check and the emptying, usually microseconds, are lost; and the rest of a log that grows faster than it
 * is copied, for which this process would else do nothing else any more.
 */
function moveRestAndEmpty(
  path: string,
  copy: string,
  { offset, most }: { offset: number; most: number },
): void {
  const from = openSync(path, 'r+')
  const to = openSync(copy, 'r+')
  const block = Buffer.allocUnsafe(copiedAtOnce)
  try {
    let at = offset
    while (at < offset + most) {
      const bytesRead = readSync(from, block, 0, Math.min(block.length, offset + most - at), at)
      if (bytesRead === 0) break
      at += writeSync(to, block, 0, bytesRead, at)
    }
    ftruncateSync(from, 0)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

/** Drops all but about the last `maxBytes` of a log; where the system cannot remove only its beginning, all of it. */
async function keepEnd(path: string, size: number, maxBytes: number, canCutOff: boolean): Promise<void> {
  const { bsize } = await statfs(path)
  const bytes = Math.floor((size - maxBytes) / bsize) * bsize
  if (!(canCutOff && bytes > 0 && (await cutOff(path, bytes)))) await truncate(path)
}

/**
 * Copies the first bytes of a file into a new one, and no more, whatever the file has become meanwhile: its writer may state any length, such
 * as a terabyte of holes, which a copy of the whole file would fill.
 */
async function copyBeginning(path: string, copy: string, bytes: number): Promise<void> {
  if (bytes === 0) return writeFile(copy, '')
  await pipeline(createReadStream(path, { end: bytes - 1 }), createWriteStream(copy))
}

async function rotateInPlace(path: string, rotation: LogRotation, canCutOff: boolean): Promise<void> {
  const { maxBytes, mostBytes = Infinity } = rotation
  await recover(path, rotation.backups)
  const found = await sizeOf(path)
  if (found === null || found < maxBytes) return
  if (found >= mostBytes) await keepEnd(path, found, maxBytes, canCutOff)
  const size = Math.min((await sizeOf(path)) ?? 0, mostBytes)
  if (size < maxBytes) return
  const copy = rotatingPath(path)
  const { bsize } = await statfs(path)
  // The system removes only whole blocks, and never a complete file.
  const bytes = Math.floor((size - 1) / bsize) * bsize
  try {
    await copyBeginning(path, copy, bytes)
    if (!(canCutOff && bytes > 0 && (await cutOff(path, bytes))))
      moveRestAndEmpty(path, copy, { offset: bytes, most: mostBytes })
  } catch (error) {
    await recover(path, rotation.backups)
    throw error
  }
  await shiftIn(path, rotation.backups)
}

/**
 * Rotates log files while processes write to them. A process with an open file continues to write to that
 * very file. So its beginning is copied to `.1` and then removed from the file. If the file system and the
 * system support this (ext4 and XFS on Linux), no byte is lost. Otherwise the file is emptied, and bytes
 * written at that instant are lost. During a rotation there is a `.rotating` file beside the log. If a
 * rotation is killed, the next call repairs what it left.
 */
export function logRotator(
  rotation: LogRotation,
  options: { canCutOff: boolean } = { canCutOff: true },
): { rotate(path: string): Promise<void> } {
  const queue = keyedQueue()
  return { rotate: (path) => queue.run(path, () => rotateInPlace(path, rotation, options.canCutOff)) }
}
