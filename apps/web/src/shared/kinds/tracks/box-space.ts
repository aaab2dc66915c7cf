type Size = { width: number; height: number }

/**
 * The size of the video in the pixels of the boxes. The form for browsers may have one more column or row
 * than the original, because H.264 needs even sizes. Any other difference means that the algorithm processed
 * a smaller or larger copy.
 */
export const boxSpace = (told: Size, video: Size | null): Size => {
  if (video === null || video.width === 0 || video.height === 0) return usable(told)
  if (told.width <= 0 || told.height <= 0) return video
  const padded =
    video.width - told.width >= 0 &&
    video.width - told.width <= 1 &&
    video.height - told.height >= 0 &&
    video.height - told.height <= 1
  return padded ? video : told
}

const usable = ({ width, height }: Size): Size =>
  width > 0 && height > 0 ? { width, height } : { width: 16, height: 9 }
