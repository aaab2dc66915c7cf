import type { FrameRate } from './media-tools.ts'

/** The codecs of the first video and audio stream of a file, as ffprobe names them. */
export type Streams = {
  /** The container as ffprobe names it, but WebM is distinguished from other Matroska files. */
  container: 'mp4' | 'webm' | 'mp3' | 'wav' | 'flac' | 'ogg' | 'aac' | 'other'
  video: { codec: string; pixelFormat: string } | null
  audio: string | null
}

const videoIn: Readonly<Record<string, readonly string[]>> = {
  mp4: ['h264', 'av1', 'vp9'],
  webm: ['vp8', 'vp9', 'av1'],
}
const audioIn: Readonly<Record<string, readonly string[]>> = {
  mp4: ['aac', 'mp3', 'opus', 'flac'],
  webm: ['opus', 'vorbis'],
  mp3: ['mp3'],
  wav: ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_f32le'],
  flac: ['flac'],
  ogg: ['opus', 'vorbis', 'flac'],
  aac: ['aac'],
}
const mimeOfAudio: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', wav: 'audio/wav' }

/**
 * Returns the media type to serve a file with if current browsers (Chrome, Firefox, Safari) play it as it is,
 * else null. Only some browsers show chroma other than 4:2:0 with 8 bits.
 */
export function playableAs({ container, video, audio }: Streams): string | null {
  if (audio !== null && !audioIn[container]?.includes(audio)) return null
  if (video) {
    const shown = video.pixelFormat === 'yuv420p' || video.pixelFormat === 'yuvj420p'
    return shown && videoIn[container]?.includes(video.codec) ? `video/${container}` : null
  }
  return audio === null ? null : (mimeOfAudio[container] ?? `audio/${container}`)
}

/** Parses a fraction as ffprobe writes it; null for `0/0` and for anything that is not a frame rate. */
export function parseFrameRate(text: string | undefined): FrameRate | null {
  const [num = 0, den = 0] = (text ?? '').split('/').map(Number)
  const rate = num / den
  return Number.isFinite(rate) && rate >= 0.01 && rate <= 480 ? { num, den } : null
}

/** Frames per second as a number. */
export const perSecond = ({ num, den }: FrameRate): number => num / den

/**
 * Whether frames at the rates `base` and `average` are never half a frame apart during the whole duration.
 */
export function isSteady(base: FrameRate | null, average: FrameRate | null, durationS: number): boolean {
  if (!base || !average) return false
  return Math.abs(perSecond(base) - perSecond(average)) * durationS < 0.5
}
