/** The moment of a video that its poster shows, in seconds: not the first frame, which is often black. */
export const posterAtS = (durationS: number): number => Math.min(2, durationS / 4)
