type Tell = (seconds: number, exact: boolean) => void

/**
 * Reports each frame of a video that is shown, by its time in the video, before the page is drawn. If the
 * browser cannot tell, it uses the clock (`exact` false). Returns a function that stops it.
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
  // Another thread draws the video. If the page is late, frames were shown that it was not told about in
  // time.
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

/**
 * Reports the place in a media file, in seconds, before each drawing of the page, if it has changed. Returns
 * a function that stops it.
 */
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

/**
 * The time of the picture that a video shows now, in seconds. Null if the browser or the video's origin does
 * not permit it.
 */
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
