/** What is visible of a log: how far it is scrolled, its whole height, and the height of its window, in pixels. */
export type LogPlace = { top: number; height: number; window: number }

/** Positions between two pixels are rounded. */
const nearPx = 2
const isAtEnd = ({ top, height, window }: LogPlace): boolean => height - window - top <= nearPx

/**
 * Whether the end of a log is followed after it was scrolled, by whatever: a wheel, a finger, the scrollbar or a key. Who scrolls up stops
 * following, who scrolls down to the end goes on. A log that has become shorter is moved by the browser, not by a person. Pure.
 */
export const followsAfter = (follows: boolean, before: LogPlace, now: LogPlace): boolean => {
  if (now.top < before.top && now.height >= before.height && !isAtEnd(now)) return false
  if (now.top > before.top && isAtEnd(now)) return true
  return follows
}
