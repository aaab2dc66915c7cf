type Tell = (seconds: number, exact: boolean) => void

/**
 * Tells each frame of a video that comes onto the screen by its time in the medium, before the page is drawn; where a browser
 * cannot tell, by the clock (`exact` false). Returns what stops it.
 */
export const followFrames = (video: HTMLVideoElement, tell: Tell): (() => void) => {
  if (typeof video.requestVideoFrameCallback !== 'function')
    return followClock(video, (seconds) => tell(seconds, false))
  let told = -1
  const once = (seconds: number) => {
    if (seconds !== told) tell((told = seconds), true)
  }
  let handle = 0
  const shown: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    handle = video.requestVideoFrameCallback(shown)
    once(mediaTime)
  }
  handle = video.requestVideoFrameCallback(shown)
  // The video is drawn by another thread. When the page is late, frames have passed that it was not told of in time.
  const stopLooking = everyRendering(() => {
    if (video.paused || video.seeking) return
    const seconds = timeOfPicture(video)
    if (seconds !== null) once(seconds)
  })
  return () => {
    video.cancelVideoFrameCallback(handle)
    stopLooking()
  }
}

/** Tells the place in the medium, in seconds, at each drawing of the page before which it has moved. */
export const followClock = (media: HTMLMediaElement, tell: (seconds: number) => void): (() => void) => {
  let last = Number.NaN
  return everyRendering(() => {
    if (media.seeking || media.currentTime === last) return
    tell((last = media.currentTime))
  })
}

const everyRendering = (look: () => void): (() => void) => {
  let handle = 0
  const again = () => {
    handle = requestAnimationFrame(again)
    look()
  }
  handle = requestAnimationFrame(again)
  return () => cancelAnimationFrame(handle)
}

/** Time of the picture that a video shows now, in seconds; null where a browser, or the video's origin, does not let us know. */
const timeOfPicture = (video: HTMLVideoElement): number | null => {
  if (typeof VideoFrame !== 'function' || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null
  try {
    const picture = new VideoFrame(video)
    const { timestamp } = picture
    picture.close()
    return timestamp / 1e6
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}
