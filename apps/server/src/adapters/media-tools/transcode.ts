import { input, quietly, run, type Programs } from './ffmpeg-command.ts'
import type { FrameRate, MediaFacts, MediaTools } from './media-tools.ts'
import { perSecond } from './playable.ts'

/** Generous for a slow machine: 30 seconds for each second of media, and at least five minutes. */
const timeoutOf = ({ durationS }: MediaFacts) => Math.ceil(300 + durationS * 30)

const sound = ['-c:a', 'aac', '-b:a', '160k', '-ac', '2']

/**
 * Each decoded frame gets the next tick of a clock with one tick per frame. So no frame is doubled or
 * dropped, whatever the times in the source. Pixels are not moved: they are square, and padded at the right
 * and the bottom, because H.264 takes only even sizes.
 */
const pictures = (rate: FrameRate) => [
  '-vf',
  `settb=${rate.den}/${rate.num},setpts=N,pad=ceil(iw/2)*2:ceil(ih/2)*2,setsar=1,format=yuv420p`,
  ...['-fps_mode', 'passthrough', '-enc_time_base', `${rate.den}:${rate.num}`, '-bsf:v', 'setts=duration=1'],
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21'],
  // Without B-frames, the first frame is at 0 in every player. A key frame every second makes seeking fast.
  ...['-bf', '0', '-g', String(Math.max(1, Math.round(perSecond(rate))))],
]

/** Writes the playable form; see the type. Progress is reported as a share of the duration. */
export async function transcode(
  programs: Programs,
  job: Parameters<MediaTools['transcode']>[0],
): Promise<string> {
  const { facts, file, target, signal, onProgress } = job
  const onStdout = (line: string) => {
    const time = /^out_time_us=(\d+)$/.exec(line)?.[1]
    if (time !== undefined && facts.durationS > 0)
      onProgress?.(Math.min(1, Number(time) / 1e6 / facts.durationS))
  }
  const streams = facts.frameRate
    ? ['-map', '0:V:0', '-map', '0:a:0?', ...pictures(facts.frameRate)]
    : ['-map', '0:a:0']
  const output = [
    ...[...streams, ...sound, '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-movflags', '+faststart', '-f', 'mp4', '-progress', 'pipe:1', `file:${target}`],
  ]
  const options = { timeoutS: timeoutOf(facts), signal, onStdout }
  await run(programs, 'ffmpeg', [...quietly, ...input(file), ...output], options)
  return `${facts.kind}/mp4`
}
