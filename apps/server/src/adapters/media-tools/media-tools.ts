/** An exact number of frames per second. For example, 29.97 stands for 30000/1001. */
export type FrameRate = { num: number; den: number }

/** Facts about an audio or video file, found from its content. */
export type MediaFacts = {
  kind: 'audio' | 'video'
  /** Media type of the file itself. */
  mime: string
  videoCodec: string | null
  audioCodec: string | null
  /** Size in pixels as shown, after the rotation in the file. */
  width: number | null
  height: number | null
  /** Seconds. */
  durationS: number
  /** For a video: the rate. In the playable form, frame n is shown at n ÷ rate seconds. */
  frameRate: FrameRate | null
  /** The media type to serve the file with if browsers can play it as it is, else null. */
  playableAs: string | null
}

/**
 * The outline of a sound for players: the lowest and highest sample of each slice, −1 to 1, as min, max, min,
 * max …
 */
export type Waveform = {
  /** Samples per second, mixed to one channel. */
  sample_rate: number
  samples_per_peak: number
  duration_s: number
  peaks: number[]
}

/** The input of every job: `file` and `target` are absolute paths, `signal` aborts it. */
export type MediaJob = { file: string; signal?: AbortSignal | undefined }

/** A job that writes a file. One that becomes larger than `mostBytes` is refused. */
export type WritingJob = MediaJob & { target: string; mostBytes: number }

/**
 * Inspects media and converts them. Throws `media.unreadable` if a file is not media, is damaged, or refers
 * to other files, `media.timed_out` if the work takes too long, and `media.out_of_memory` if it needs more memory than
 * such work may have. Those that write a file throw `media.result_too_large` if it becomes too large: few bytes of a hostile file can
 * become very many. An abort rejects with the signal's reason.
 */
export type MediaTools = {
  /** Gives the work its own folder that the tools may write to. It is removed afterwards. */
  inFolder<T>(work: (folder: string) => Promise<T>): Promise<T>
  probe(job: MediaJob): Promise<MediaFacts>
  /**
   * Writes a form that every browser plays: H.264 and AAC in MP4, or only AAC, ready for streaming. Frame n
   * of the file is frame n of the target. Odd sizes get a column at the right or a row at the bottom. Returns
   * the target's media type.
   */
  transcode(job: WritingJob & { facts: MediaFacts; onProgress?: (share: number) => void }): Promise<string>
  /** Writes a JPEG of a frame of a video, at most 1280 pixels wide. */
  poster(job: WritingJob & { facts: MediaFacts }): Promise<void>
  /** Writes a JPEG of a picture, at most `width` pixels wide. `orientation` is EXIF's, 1 to 8. */
  picture(job: WritingJob & { width: number; orientation?: number | undefined }): Promise<void>
  waveform(job: MediaJob): Promise<Waveform>
}
