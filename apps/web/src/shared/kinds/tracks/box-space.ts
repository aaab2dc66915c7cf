type Size = { width: number; height: number }

/**
 * Size of the video in the pixels that the boxes are given in. The form for browsers may have a column or a row more than the
 * original (H.264 knows even sizes only); anything else means that the algorithm looked at a smaller or larger copy.
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
