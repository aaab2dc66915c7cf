/**
 * The time in a video, in seconds, that its poster shows. It is not the first frame, which is often black.
 */
export const posterAtS = (durationS: number): number => Math.min(2, durationS / 4)
