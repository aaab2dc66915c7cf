/**
 * The number of the frame at a time in seconds, at a constant rate. Frame n begins at n ÷ rate. The result is
 * rounded, because containers store times in ticks (1/600 s, 1/90000 s), so the time may be slightly before
 * the start of the frame.
 */
export const frameAtTime = (seconds: number, frameRate: number): number =>
  Math.max(0, Math.round(seconds * frameRate))

/** A time inside a frame: its middle, so that rounding in a decoder does not give the previous or next frame. */
export const timeOfFrame = (frame: number, frameRate: number): number => (frame + 0.5) / frameRate

/**
 * The number of the frame that began last before a clock time. Used if only the clock is known. Allows an
 * error of 0.1 ms.
 */
export const frameAtClock = (seconds: number, frameRate: number): number =>
  Math.max(0, Math.floor((seconds + 1e-4) * frameRate))

/** The number of frames in a media file of this length. 0 while the length is unknown. */
export const frameCountOf = (durationS: number, frameRate: number): number =>
  Number.isFinite(durationS) ? Math.max(0, Math.round(durationS * frameRate)) : 0

/** The frame that is this many frames after or before another, limited to the length of the media file. */
export const frameBeside = (frame: number, frames: number, durationS: number, frameRate: number): number =>
  Math.max(0, Math.min(Math.max(0, frameCountOf(durationS, frameRate) - 1), frame + frames))

const two = (value: number): string => String(value).padStart(2, '0')

/** A place in a media file as text: `0:07.4`, `12:05.0`, `1:02:03.0`. Tenths of a second are cut off, not rounded. */
export const clockText = (seconds: number): string => {
  const tenths = Math.floor(Math.max(0, Number.isFinite(seconds) ? seconds : 0) * 10 + 1e-6)
  const whole = Math.floor(tenths / 10)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = `${two(whole % 60)}.${tenths % 10}`
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}
