import { fileTypeFromFile } from 'file-type'
import { stat } from 'node:fs/promises'
import { input, quietly, run, type Programs } from './ffmpeg-command.ts'
import { posterAtS } from '@vitrine/contract/poster-time'
import { mediaUnreadable } from './media-tools.errors.ts'
import type { MediaTools } from './media-tools.ts'

const timeoutS = 120
const posterWidth = 1280
const jpeg = ['-frames:v', '1', '-q:v', '4', '-f', 'mjpeg']

const atMost = (width: number) => `scale=w='min(${width},iw)':h=-1,setsar=1,format=yuvj420p`

const isWritten = (file: string) =>
  stat(file).then(
    ({ size }) => size > 0,
    () => false,
  )

/** Writes a frame of a video, but not the first, which is often black. */
export async function poster(programs: Programs, job: Parameters<MediaTools['poster']>[0]): Promise<void> {
  const { file, target, facts, signal } = job
  const output = ['-map', '0:V:0', '-vf', atMost(posterWidth), ...jpeg, `file:${target}`]
  const at = (seekS: number) =>
    run(programs, 'ffmpeg', [...quietly, ...input(file, { seekS }), ...output], { timeoutS, signal })
  await at(posterAtS(facts.durationS))
  // In a format without an index, the position may be after the last frame.
  if (!(await isWritten(target))) await at(0)
  if (!(await isWritten(target))) throw mediaUnreadable({ reason: 'no frame can be read' })
}

const formatOf: Readonly<Record<string, string>> = {
  'image/png': 'png_pipe',
  'image/apng': 'apng',
  'image/jpeg': 'jpeg_pipe',
  'image/webp': 'webp_pipe',
  'image/bmp': 'bmp_pipe',
  'image/tiff': 'tiff_pipe',
  'image/gif': 'gif',
  'image/avif': 'mov',
}

/**
 * How to rotate and mirror a picture of each EXIF orientation (CIPA DC-008, tag 274) so that it stands
 * upright.
 */
const upright: Readonly<Record<number, string>> = {
  2: 'hflip,',
  3: 'hflip,vflip,',
  4: 'vflip,',
  5: 'transpose=clock_flip,vflip,hflip,',
  6: 'transpose=clock,',
  7: 'transpose=clock_flip,',
  8: 'transpose=cclock,',
}

/** Writes a picture as JPEG. Transparent pixels become white, because JPEG has no transparency. */
export async function picture(programs: Programs, job: Parameters<MediaTools['picture']>[0]): Promise<void> {
  const { file, target, width, orientation = 1, signal } = job
  const mime = (await fileTypeFromFile(file))?.mime ?? 'application/octet-stream'
  const format = formatOf[mime]
  if (format === undefined) throw mediaUnreadable({ reason: `${mime} is not a picture that can be read` })
  const onWhite =
    'format=rgba,split[a][b];[a]drawbox=color=white:t=fill:replace=1[w];[w][b]overlay=format=rgb,'
  const filter = `scale=w='min(${width * 2},iw)':h=-1,${onWhite}${upright[orientation] ?? ''}${atMost(width)}`
  const args = [
    ...quietly,
    '-noautorotate',
    ...input(file, { format }),
    '-vf',
    filter,
    ...jpeg,
    `file:${target}`,
  ]
  await run(programs, 'ffmpeg', args, { timeoutS, signal })
  if (!(await isWritten(target))) throw mediaUnreadable({ reason: 'no picture can be read' })
}
