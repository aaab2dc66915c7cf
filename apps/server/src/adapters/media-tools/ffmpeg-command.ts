import type { AppError } from '../../lib/errors.ts'
import { runCommand, type Command, type RunAs } from '../../lib/run-command.ts'
import type { JobMemory } from '../process-runner/resource-limits/limited-jobs.ts'
import { ffmpegReason } from './ffmpeg-reason.ts'
import { mediaOutOfMemory, mediaTimedOut, mediaUnreadable } from './media-tools.errors.ts'

/** The installed programs, and how a job runs them. They read files from outside. */
export type Programs = {
  ffmpeg: string
  ffprobe: string
  /** `nice`, if the machine has it, because services have priority. */
  nice: string | null
  /** The account of the job. Null for the platform's own. */
  account: RunAs | null
  /** Returns the command that runs this one in the sandbox of the job, within its limits. */
  wrap: (command: Command) => Promise<Command>
  /** The memory that the job may have. */
  memory: JobMemory
}

/**
 * The formats that are accepted: those that contain their own media. Playlists and lists of files (HLS, DASH,
 * concat …) are refused, because they make ffmpeg open other files.
 */
const formats = [
  ...['aac', 'ac3', 'aiff', 'amr', 'amrnb', 'amrwb', 'ape', 'asf', 'au', 'avi', 'caf', 'dv', 'flac', 'flv'],
  ...['h264', 'hevc', 'ivf', 'm4v', 'matroska', 'mjpeg', 'mov', 'mp3', 'mpeg', 'mpegts', 'mpegvideo', 'mxf'],
  ...['ogg', 'rm', 'tta', 'voc', 'w64', 'wav', 'wv', 'yuv4mpegpipe'],
].join(',')

/** The largest allocation, and the largest picture. A picture of 8K has 33 million pixels. */
const limits = ['-max_alloc', String(1024 ** 3)]
const mostPixels = ['-max_pixels', '120000000']

/** Arguments that open only this file. `format` fixes the format; without it the content decides. */
export const input = (file: string, options: { format?: string; seekS?: number } = {}): string[] => [
  ...['-protocol_whitelist', 'file'],
  ...(options.format === undefined ? ['-format_whitelist', formats] : ['-f', options.format]),
  ...mostPixels,
  ...(options.seekS ? ['-ss', String(options.seekS)] : []),
  ...['-i', `file:${file}`],
]

/** The first arguments of every call of ffmpeg. */
export const quietly = ['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', ...limits]

/**
 * Builds the command for a program: with a minimal environment, as the account of the job, in its sandbox, and at low
 * CPU priority.
 */
export function commandOf(
  programs: Programs,
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
): Promise<Command> {
  const { nice, account } = programs
  return programs.wrap({
    file: nice ?? programs[program],
    args: nice === null ? args : ['-n', '10', programs[program], ...args],
    cwd: '/',
    env: { LC_ALL: 'C' },
    ...(account && { runAs: account }),
  })
}

/**
 * Begins to watch whether a program needs more memory than its job may have. Returns the function that says why it has failed, from
 * what it has printed.
 */
export async function watchMemory({
  memory,
}: Pick<Programs, 'memory'>): Promise<(stderr: readonly string[]) => Promise<AppError>> {
  const before = await memory.kills()
  return async (stderr) => {
    const { limitMb } = memory
    const wasRefused = memory.isRefused && stderr.some((line) => /cannot allocate memory/i.test(line))
    if (limitMb !== null && (wasRefused || (await memory.kills()) > before))
      return mediaOutOfMemory({ limit_mb: limitMb })
    return mediaUnreadable({ reason: ffmpegReason(stderr) })
  }
}

/**
 * Runs ffmpeg or ffprobe to its end and returns its output lines. Throws `media.unreadable` if it fails, and
 * `media.out_of_memory`.
 */
export async function run(
  programs: Programs,
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  options: { timeoutS: number; signal?: AbortSignal | undefined; onStdout?: (line: string) => void },
): Promise<string[]> {
  options.signal?.throwIfAborted()
  const { timeoutS, signal, onStdout } = options
  const failureOf = await watchMemory(programs)
  const result = await runCommand(await commandOf(programs, program, args), {
    timeoutMs: timeoutS * 1000,
    ...(signal && { signal }),
    ...(onStdout && { onStdout }),
  })
  signal?.throwIfAborted()
  if (result.ended === 'timeout') throw mediaTimedOut({ seconds: timeoutS })
  if (result.startError !== null) throw new Error(`${program} cannot be started: ${result.startError}`)
  if (result.exitCode !== 0) throw await failureOf(result.stderr)
  return result.stdout
}
