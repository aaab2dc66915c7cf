import {
  BufferTarget,
  Conversion,
  getFirstEncodableVideoCodec,
  Input,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  UrlSource,
  WEBM,
  WebMOutputFormat,
  type VideoCodec,
} from 'mediabunny'

/** The types that browsers play. A playlist, which names other files, is not included. */
const formats = [MP4, QTFF, WEBM, MATROSKA]

/** The size of a frame in its own pixels. */
export type FrameSize = { width: number; height: number }
/** Draws the marks of the frame that begins at `seconds` on an empty canvas of the frame's size. */
export type DrawMarks = (context: CanvasRenderingContext2D, seconds: number, size: FrameSize) => void

/** Why a video cannot be saved with its marks: this browser cannot read or write it. */
class UnsupportedVideoError extends Error {
  override readonly name = 'UnsupportedVideoError'
}

const contextOf = ({ width, height }: FrameSize): CanvasRenderingContext2D => {
  const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')
  if (context === null) throw new UnsupportedVideoError('no canvas')
  return context
}

/** Every program plays H.264 in MP4. Where a browser cannot write it, the formats of WebM are free. */
const formatFor = async (
  size: FrameSize,
): Promise<{ codec: VideoCodec; format: Mp4OutputFormat | WebMOutputFormat }> => {
  const codec = await getFirstEncodableVideoCodec(['avc', 'vp9', 'vp8'], size)
  if (codec === null) throw new UnsupportedVideoError('no encoder')
  return { codec, format: codec === 'avc' ? new Mp4OutputFormat() : new WebMOutputFormat() }
}

/** What reads the video, makes the frames and writes them. */
const conversionOf = async (input: Input, draw: DrawMarks) => {
  const track = await input.getPrimaryVideoTrack()
  if (track === null || !(await track.canDecode())) throw new UnsupportedVideoError('no decoder')
  const size = { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() }
  const { codec, format } = await formatFor(size)
  const [picture, marks] = [contextOf(size), contextOf(size)]
  const target = new BufferTarget()
  const conversion = await Conversion.init({
    input,
    output: new Output({ format, target }),
    tracks: 'primary',
    // The times stay those of the original, also if it does not begin at zero.
    trim: { start: 0 },
    showWarnings: false,
    video: {
      codec,
      ...size,
      fit: 'fill',
      allowTransformationMetadata: false,
      forceTranscode: true,
      process: (frame) => {
        frame.draw(picture, 0, 0, size.width, size.height)
        draw(marks, frame.timestamp, size)
        picture.drawImage(marks.canvas, 0, 0)
        return picture.canvas
      },
    },
  })
  if (!conversion.isValid) throw new UnsupportedVideoError('no conversion')
  return { conversion, target, format }
}

/** Rejects with the reason of a signal. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })

/**
 * Saves a video with marks on its frames: each frame once, at its own time and in its own size, with its sound.
 * @throws UnsupportedVideoError, or the reason of `signal`
 */
export const markVideo = async (
  url: string,
  options: { draw: DrawMarks; onProgress: (part: number) => void; signal: AbortSignal },
): Promise<{ blob: Blob; ending: string }> => {
  const { draw, onProgress, signal } = options
  signal.throwIfAborted()
  const input = new Input({ formats, source: new UrlSource(new URL(url, location.href)) })
  const make = async () => {
    const { conversion, target, format } = await conversionOf(input, draw)
    signal.throwIfAborted()
    conversion.onProgress = (part) => {
      if (!signal.aborted) onProgress(part)
    }
    signal.addEventListener('abort', () => void conversion.cancel(), { once: true })
    await conversion.execute()
    if (target.buffer === null) throw new Error('the video has no bytes')
    return { blob: new Blob([target.buffer], { type: format.mimeType }), ending: format.fileExtension }
  }
  try {
    return await Promise.race([make(), aborted(signal)])
  } finally {
    // This also ends requests that are still being read after the signal.
    input.dispose()
  }
}
