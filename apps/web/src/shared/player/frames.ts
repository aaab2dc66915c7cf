/**
 * Number of the frame that is shown at a moment of the medium, in seconds, at a constant rate: frame n begins at n ÷ rate.
 * Rounded, because containers keep times in ticks (1/600 s, 1/90000 s) and the moment may lie a little before the frame's.
 */
export const frameAtTime = (seconds: number, frameRate: number): number =>
  Math.max(0, Math.round(seconds * frameRate))

/** A moment inside a frame: its middle, so that no rounding of a decoder leads to the frame before or after. */
export const timeOfFrame = (frame: number, frameRate: number): number => (frame + 0.5) / frameRate

/**
 * Number of the frame that a clock stands in, for where only the clock is known: the frame that has begun last.
 * A ten-thousandth of a second is forgiven.
 */
export const frameAtClock = (seconds: number, frameRate: number): number =>
  Math.max(0, Math.floor((seconds + 1e-4) * frameRate))

/** How many frames a medium of this length has; 0 while the length is not known. */
export const frameCountOf = (durationS: number, frameRate: number): number =>
  Number.isFinite(durationS) ? Math.max(0, Math.round(durationS * frameRate)) : 0

/** Number of the frame so many frames after another, or before it, kept within a medium of this length. */
export const frameBeside = (frame: number, frames: number, durationS: number, frameRate: number): number =>
  Math.max(0, Math.min(Math.max(0, frameCountOf(durationS, frameRate) - 1), frame + frames))

const two = (value: number): string => String(value).padStart(2, '0')

/** A place in a medium for reading: `0:07.4`, `12:05.0`, `1:02:03.0`; tenths of a second, cut off rather than rounded up. */
export const clockText = (seconds: number): string => {
  const tenths = Math.floor(Math.max(0, Number.isFinite(seconds) ? seconds : 0) * 10 + 1e-6)
  const whole = Math.floor(tenths / 10)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = `${two(whole % 60)}.${tenths % 10}`
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}
