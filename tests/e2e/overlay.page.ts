/** The frames that the video and the overlay show, both read from their pixels. −1: none. */
export type Frames = {
  video: number
  overlay: number
  /** The time of the player's clock in frames, which an overlay by that clock would show. */
  byClock: number
  /** The frame that the video showed when the rendering began. Null if the browser did not tell. */
  atStart?: number | null
  /** The time from the start of the rendering until both had been read, in milliseconds. */
  tookMs?: number
}

/**
 * Runs in the page, so it uses nothing from outside. `settled` reads both once a seek has ended and both have
 * had time to be drawn. `playing` plays to the end, or for `forMs`, and reads both at every rendering of the
 * page.
 */
export const watchFrames = async ({
  when,
  limitMs,
  frameRate,
  forMs = Number.POSITIVE_INFINITY,
}: {
  when: 'settled' | 'playing'
  limitMs: number
  frameRate: number
  forMs?: number
}) => {
  const video = document.querySelector('video')
  const overlay = document.querySelector<HTMLCanvasElement>('canvas.overlay')
  if (video === null || overlay === null) throw new Error('there is no video')
  const [wide, high] = [320, 240]
  const pixelsOf = (source: HTMLVideoElement | HTMLCanvasElement): Uint8ClampedArray => {
    const canvas = document.createElement('canvas')
    canvas.width = wide
    canvas.height = high
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null) throw new Error('the browser draws nothing')
    context.drawImage(source, 0, 0, wide, high)
    return context.getImageData(0, 0, wide, high).data
  }
  const read = (): Frames => {
    const byClock = Math.floor(video.currentTime * frameRate)
    const bits = pixelsOf(video)
    let shown = 0
    for (let bit = 0; bit < 10; bit++) {
      const place = ((high / 2) * wide + bit * (wide / 10) + wide / 20) * 4
      if ((bits[place] ?? 0) > 128) shown += 2 ** bit
    }
    const drawn = pixelsOf(overlay)
    let [left, right, top, bottom] = [wide, -1, high, -1]
    for (let y = 0; y < high; y++)
      for (let x = 0; x < wide; x++) {
        if ((drawn[(y * wide + x) * 4 + 3] ?? 0) < 60) continue
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y)
      }
    // Each value that is read covers two pixels of the video. The box is ten wide, and its middle is ten from
    // the left edge of its place.
    const column = Math.round((left + right + 1 - 10) / 20)
    const row = Math.round((top + bottom + 1 - 9) / 19)
    return { video: shown, overlay: right < 0 ? -1 : row * 32 + column, byClock }
  }
  const rendering = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const end = performance.now() + limitMs
  const intime = () => {
    if (performance.now() > end) throw new Error(`not ${when} within ${limitMs} ms`)
  }
  if (when === 'settled') {
    while (video.seeking) {
      intime()
      await rendering()
    }
    for (let times = 0; times < 3; times++) await rendering()
    return [read()]
  }
  const samples: Frames[] = []
  await video.play()
  const began = performance.now()
  while (!video.ended && performance.now() - began < forMs) {
    intime()
    await rendering()
    const frames = read()
    const rendered = performance.getEntriesByName('rendering').at(-1)
    const seconds = rendered instanceof PerformanceMark ? rendered.detail : null
    const atStart = typeof seconds === 'number' ? Math.round(seconds * frameRate) : null
    samples.push({ ...frames, atStart, tookMs: performance.now() - (rendered?.startTime ?? 0) })
  }
  return samples
}

/**
 * Runs in the page before anything else: records when each rendering of the page begins, and the time in
 * seconds of the picture that the video shows then.
 */
export const noteRenderings = (): void => {
  const shown = (): number | null => {
    const video = document.querySelector('video')
    if (video === null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null
    const picture = new VideoFrame(video)
    const { timestamp } = picture
    picture.close()
    return timestamp / 1e6
  }
  const note = () => {
    requestAnimationFrame(note)
    performance.clearMarks('rendering')
    performance.mark('rendering', { detail: shown() })
  }
  requestAnimationFrame(note)
}

/** Runs in the page: drags the seek bar to a place. */
export const seekTo = (seconds: number): void => {
  const bar = document.querySelector<HTMLInputElement>('.seek input')
  if (bar === null) throw new Error('there is no seek bar')
  bar.value = String(seconds)
  bar.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Runs in the page: counts how often an idle page is drawn in this time. */
export const countRenderings = async (forMs: number): Promise<number> => {
  const end = performance.now() + forMs
  let renderings = 0
  while (performance.now() < end) {
    await new Promise((resolve) => requestAnimationFrame(resolve))
    renderings++
  }
  return renderings
}

/**
 * Runs in the page: plays for a while, counts how often the overlay was drawn, and measures how long each
 * drawing took.
 */
export const countDrawings = async (forMs: number) => {
  const video = document.querySelector('video')
  const overlay = document.querySelector<HTMLCanvasElement>('canvas.overlay')
  const context = overlay?.getContext('2d')
  if (video === null || !context) throw new Error('there is no video')
  const [began, done] = ['began', 'done']
  const clear = context.clearRect.bind(context)
  let drawings = 0
  let costMs = 0
  context.clearRect = (x, y, width, height) => {
    clear(x, y, width, height)
    performance.mark(began)
    drawings++
    // A drawing is finished before the next microtask.
    queueMicrotask(() => {
      performance.mark(done)
      costMs += performance.measure('drawing', began, done).duration
    })
  }
  await video.play()
  await new Promise((resolve) => setTimeout(resolve, forMs))
  video.pause()
  return { drawings, shown: video.getVideoPlaybackQuality().totalVideoFrames, costMs: costMs / drawings }
}
