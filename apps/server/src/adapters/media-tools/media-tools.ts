/** An exact number of frames a second: 30000/1001 is what 29.97 stands for. */
export type FrameRate = { num: number; den: number }

/** What a file of sound or moving pictures is, by its content. */
export type MediaFacts = {
  kind: 'audio' | 'video'
  /** Media type of the file itself. */
  mime: string
  videoCodec: string | null
  audioCodec: string | null
  /** Pixels as shown, with the rotation that the file asks for. */
  width: number | null
  height: number | null
  /** Seconds. */
  durationS: number
  /** Of a video: the rate at which frame n is shown at n ÷ rate seconds in the playable form. */
  frameRate: FrameRate | null
  /** Media type to serve the file under where browsers play it as it is, or null where they do not. */
  playableAs: string | null
}

/** The form of a sound that players draw: the lowest and the highest sample of each slice, −1 to 1, as min, max, min, max … */
export type Waveform = {
  /** Of the samples that were looked at, mixed to one channel, per second. */
  sample_rate: number
  samples_per_peak: number
  duration_s: number
  peaks: number[]
}

/** What every piece of work takes: `file` and `target` are absolute paths, `signal` ends it. */
export type MediaJob = { file: string; signal?: AbortSignal | undefined }

/**
 * What looks into media and makes other forms of them. A file that is no media, is damaged, or refers to other files is an
 * error `media.unreadable`; work over its time `media.timed_out`; an abort rejects with the signal's reason.
 */
export type MediaTools = {
  /** Gives the work a folder of its own that the tools may write to; it is removed afterwards. */
  inFolder<T>(work: (folder: string) => Promise<T>): Promise<T>
  probe(job: MediaJob): Promise<MediaFacts>
  /**
   * Writes what every browser plays: H.264 and AAC in MP4, or AAC alone, ready to be streamed. Frame n of the file is frame n of
   * the target; odd sizes get a column or a row at the right or the bottom. Returns the target's media type.
   */
  transcode(
    job: MediaJob & { target: string; facts: MediaFacts; onProgress?: (share: number) => void },
  ): Promise<string>
  /** Writes a JPEG of a video, at most 1280 pixels wide. */
  poster(job: MediaJob & { target: string; facts: MediaFacts }): Promise<void>
  /** Writes a JPEG of a picture, at most `width` pixels wide. `orientation` is EXIF's, 1 to 8. */
  picture(job: MediaJob & { target: string; width: number; orientation?: number | undefined }): Promise<void>
  waveform(job: MediaJob): Promise<Waveform>
}
