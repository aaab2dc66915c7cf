const usualPatienceMs = 5_000

/**
 * Waits until a video shows another time, or cannot. A server that falls silent tells neither, and the report would wait for ever: after
 * a while it goes on with what the video shows.
 */
export const seekVideo = (
  video: EventTarget & { currentTime: number },
  seconds: number,
  patienceMs = usualPatienceMs,
): Promise<void> =>
  new Promise((resolve) => {
    const goOn = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(goOn, patienceMs)
    video.addEventListener('seeked', goOn, { once: true })
    video.addEventListener('error', goOn, { once: true })
    video.currentTime = seconds
  })
