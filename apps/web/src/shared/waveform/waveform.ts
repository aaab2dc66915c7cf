import '../viewers/zod-without-eval.ts'
import { z } from 'zod/mini'

/**
 * A waveform as the platform stores it: the lowest and highest sample of each slice, −1 to 1, as min, max,
 * min, max …
 */
const waveform = z.object({ duration_s: z.number(), peaks: z.array(z.number()) })
/** A waveform. */
export type Waveform = z.infer<typeof waveform>

/** Reads a waveform. Null if the data is not a waveform. */
export const readWaveform = (data: unknown): Waveform | null => {
  const result = waveform.safeParse(data)
  return result.success && result.data.peaks.length >= 2 ? result.data : null
}

/** One bar of a drawing: the lowest and highest sample in it, −1 to 1, where 1 is the loudest place. */
export type Bar = { low: number; high: number }

/**
 * Joins peaks to the number of bars to draw. A quiet recording is drawn as high as a loud one, but silence is
 * not amplified to noise: below 2 % of full loudness, bars stay flat.
 */
export const waveformBars = (peaks: readonly number[], count: number): Bar[] => {
  const slices = Math.floor(peaks.length / 2)
  if (slices === 0 || count <= 0) return []
  const loudest = peaks.reduce((most, peak) => Math.max(most, Math.abs(peak)), 0.02)
  return Array.from({ length: count }, (_, place) => {
    const from = Math.min(slices - 1, Math.floor((place * slices) / count))
    const to = Math.max(from + 1, Math.floor(((place + 1) * slices) / count))
    let [low, high] = [0, 0]
    for (let slice = from; slice < to; slice++) {
      low = Math.min(low, peaks[slice * 2] ?? 0)
      high = Math.max(high, peaks[slice * 2 + 1] ?? 0)
    }
    return { low: Math.max(-1, low / loudest), high: Math.min(1, high / loudest) }
  })
}
