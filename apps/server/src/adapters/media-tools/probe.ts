import { fileTypeFromFile } from 'file-type'
import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { input, quietly, run, type Programs } from './ffmpeg-command.ts'
import { mediaUnreadable } from './media-tools.errors.ts'
import type { FrameRate, MediaFacts, MediaJob } from './media-tools.ts'
import { isSteady, parseFrameRate, playableAs, type Streams } from './playable.ts'

const probeTimeoutS = 120
/**
 * The time limit for reading a file to its end without decoding. A slow disk needs this for some gigabytes.
 */
const walkTimeoutS = 1200

const number = z.coerce.number().finite().optional().catch(undefined)
const stream = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().default('unknown'),
  pix_fmt: z.string().default('unknown'),
  width: number,
  height: number,
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  duration: number,
  start_time: number,
  disposition: z.object({ attached_pic: z.number().default(0) }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
})
const report = z.object({
  format: z.object({ format_name: z.string(), duration: number }),
  streams: z.array(stream).default([]),
})
type Report = z.output<typeof report>
type Stream = z.output<typeof stream>

const entries =
  'format=format_name,duration:stream=codec_type,codec_name,pix_fmt,width,height,r_frame_rate,avg_frame_rate,' +
  'duration,start_time:stream_disposition=attached_pic:stream_side_data=rotation'

async function describe(programs: Programs, { file, signal }: MediaJob): Promise<Report> {
  const args = ['-hide_banner', '-v', 'error', '-of', 'json=compact=1', '-show_entries', entries]
  const lines = await run(programs, 'ffprobe', [...args, ...input(file)], { timeoutS: probeTimeoutS, signal })
  const parsed = report.safeParse(JSON.parse(lines.join('\n')))
  if (!parsed.success) throw mediaUnreadable({ reason: 'no media format' })
  return parsed.data
}

/**
 * Reads the file to its end and counts the packets of a stream and their duration, because some recorders
 * write neither.
 */
async function walk(programs: Programs, { file, signal }: MediaJob, map: string) {
  const counted = { packets: 0, seconds: 0 }
  const onStdout = (line: string) => {
    const [name, value] = line.split('=')
    if (name === 'frame') counted.packets = Number(value)
    if (name === 'out_time_us' && Number(value) > 0) counted.seconds = Number(value) / 1e6
  }
  const copy = ['-map', map, '-c', 'copy', '-f', 'null', '-progress', 'pipe:1', '-']
  const options = { timeoutS: walkTimeoutS, signal, onStdout }
  await run(programs, 'ffmpeg', [...quietly, ...input(file), ...copy], options)
  return counted
}

const containers: readonly [RegExp, Streams['container']][] = [
  [/\bmp4\b/, 'mp4'],
  [/^mp3$/, 'mp3'],
  [/^wav$/, 'wav'],
  [/^flac$/, 'flac'],
  [/^ogg$/, 'ogg'],
  [/^aac$/, 'aac'],
]

function containerOf(formatName: string, mime: string | undefined): Streams['container'] {
  // ffprobe has one name for WebM and other Matroska files. The file's own signature distinguishes them.
  if (mime === 'video/webm') return 'webm'
  return containers.find(([pattern]) => pattern.test(formatName))?.[1] ?? 'other'
}

const isTurned = (video: Stream) =>
  video.side_data_list.some(({ rotation = 0 }) => Math.abs(Math.round(rotation / 90)) % 2 === 1)

function steadyRate(video: Stream, durationS: number): FrameRate | null {
  const base = parseFrameRate(video.r_frame_rate)
  return isSteady(base, parseFrameRate(video.avg_frame_rate), durationS) ? base : null
}

/**
 * Returns the duration in seconds and the frame rate that gives each frame its own place. They are read from
 * the headers, or else counted.
 */
async function timing(
  programs: Programs,
  job: MediaJob,
  found: { report: Report; video: Stream | undefined },
) {
  const { video } = found
  const stated = found.report.format.duration ?? video?.duration
  const steady = video && stated ? steadyRate(video, stated) : null
  const average = parseFrameRate(video?.avg_frame_rate)
  if (stated && (!video || steady || average)) return { durationS: stated, rate: steady ?? average, steady }
  const { packets, seconds } = await walk(programs, job, video ? '0:V:0' : '0:a:0')
  const counted =
    video && packets > 0 && seconds > 0 ? { num: Math.round((packets / seconds) * 1000), den: 1000 } : null
  return { durationS: stated ?? seconds, rate: counted, steady: null }
}

/** Finds out what a file is. Its name does not matter. */
export async function probe(programs: Programs, job: MediaJob): Promise<MediaFacts> {
  if ((await stat(job.file)).size === 0) throw mediaUnreadable({ reason: 'the file is empty' })
  const mime = (await fileTypeFromFile(job.file))?.mime
  const described = await describe(programs, job)
  const video = described.streams.find(
    (each) => each.codec_type === 'video' && each.disposition?.attached_pic !== 1,
  )
  const audio = described.streams.find((each) => each.codec_type === 'audio')
  if (!video && !audio) throw mediaUnreadable({ reason: 'neither sound nor pictures in it' })
  const { durationS, rate, steady } = await timing(programs, job, { report: described, video })
  if (video && !rate) throw mediaUnreadable({ reason: 'no frame can be read' })
  const container = containerOf(described.format.format_name, mime)
  const as = playableAs({
    container,
    video: video ? { codec: video.codec_name, pixelFormat: video.pix_fmt } : null,
    audio: audio?.codec_name ?? null,
  })
  const turned = video !== undefined && isTurned(video)
  const kind = video ? ('video' as const) : ('audio' as const)
  return {
    kind,
    mime: mime ?? as ?? `${kind}/x-${described.format.format_name.split(',')[0] ?? 'unknown'}`,
    videoCodec: video?.codec_name ?? null,
    audioCodec: audio?.codec_name ?? null,
    width: (turned ? video?.height : video?.width) ?? null,
    height: (turned ? video?.width : video?.height) ?? null,
    durationS,
    frameRate: video ? rate : null,
    // If a video has no constant frame rate, players that compute frames from the time show it wrongly.
    playableAs: video && !steady ? null : as,
  }
}
