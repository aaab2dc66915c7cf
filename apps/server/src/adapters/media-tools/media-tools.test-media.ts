import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { unlimitedJobs } from '../process-runner/resource-limits/limited-jobs.test-setup.ts'
import { sandboxHere } from '../../lib/sandbox/sandbox.test-setup.ts'

const execute = promisify(execFile)

const programPath = (name: string): string | null =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null

/** The ffmpeg of this machine, or null. Tests that need it say so in their names. */
export const ffmpegPath = programPath('ffmpeg')
/** The ffprobe of this machine, or null. */
export const ffprobePath = programPath('ffprobe')
/** Part of the name of tests that are skipped without ffmpeg. */
export const needsFfmpeg = ffmpegPath && ffprobePath ? '' : ' (skipped: ffmpeg is not installed)'

/** How the media tools of tests run these programs: in the sandbox of this machine. */
export const jobsHere = {
  nice: null,
  accounts: jobAccounts(null),
  jobs: unlimitedJobs,
  sandbox: sandboxHere,
  read: [],
}

/** Runs ffmpeg to create or read media for a test. Returns its standard output. */
export async function ffmpeg(...args: string[]): Promise<Buffer> {
  const all = ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args]
  const options = { encoding: 'buffer' as const, maxBuffer: 256 * 1024 * 1024 }
  return (await execute(ffmpegPath ?? 'ffmpeg', all, options)).stdout
}

const bits = 10
const block = 8

/**
 * ffmpeg arguments for video frames, 80 pixels wide. Each has its number burnt in as ten white or black
 * blocks, the lowest bit first.
 */
export const numberedFrames = (frames: number, rate: string, height = 48): string[] => [
  ...['-f', 'lavfi', '-i', `color=black:s=${bits * block}x${height}:r=${rate}`],
  ...['-frames:v', String(frames)],
  '-vf',
  `geq=lum='if(mod(floor(N/pow(2,floor(X/${block}))),2),220,30)':cb=128:cr=128`,
]

/** ffmpeg arguments for a sound. */
export const sine = (seconds: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=frequency=440:duration=${seconds}:sample_rate=16000`,
]

/** Decodes a file and returns the numbers burnt into its frames. */
export async function frameNumbers(file: string): Promise<number[]> {
  const raw = await ffmpeg(
    ...['-i', file, '-fps_mode', 'passthrough', '-vf', `scale=${bits * block}:${block}`],
    ...['-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
  )
  const [width, size] = [bits * block, bits * block * block]
  return Array.from({ length: raw.length / size }, (_, frame) => {
    const row = frame * size + (block / 2) * width
    const lit = Array.from({ length: bits }, (_bit, bit) => (raw[row + bit * block + block / 2] ?? 0) > 125)
    return lit.reduce((number, isLit, bit) => number + (isLit ? 2 ** bit : 0), 0)
  })
}
