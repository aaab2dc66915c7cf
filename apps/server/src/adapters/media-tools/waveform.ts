import { streamCommand } from '../../lib/run-command.ts'
import { commandOf, input, quietly, watchMemory, type Programs } from './ffmpeg-command.ts'
import { mediaTimedOut } from './media-tools.errors.ts'
import type { MediaJob, Waveform } from './media-tools.ts'

const sampleRate = 8000
/**
 * The maximum number of pairs. When there are more, neighbours are merged, so the length need not be known in
 * advance and memory stays constant.
 */
const mostPeaks = 1600
const timeoutS = 1800

/** Collects samples into pairs of lowest and highest. When there are too many, every two pairs are merged. */
function createPeaks() {
  const peaks: number[] = []
  let perPeak = 64
  let samples = 0
  let [low, high, gathered] = [0, 0, 0]
  const close = () => {
    peaks.push(low, high)
    gathered = 0
    if (peaks.length < mostPeaks * 2) return
    for (let at = 0; at < mostPeaks; at += 2) {
      const [lowA = 0, highA = 0, lowB = 0, highB = 0] = peaks.slice(at * 2, at * 2 + 4)
      peaks[at] = Math.min(lowA, lowB)
      peaks[at + 1] = Math.max(highA, highB)
    }
    peaks.length = mostPeaks
    perPeak *= 2
  }
  return {
    add(sample: number): void {
      low = gathered === 0 ? sample : Math.min(low, sample)
      high = gathered === 0 ? sample : Math.max(high, sample)
      samples += 1
      gathered += 1
      if (gathered === perPeak) close()
    },
    result(): Waveform {
      const all = gathered > 0 ? [...peaks, low, high] : peaks
      return {
        sample_rate: sampleRate,
        samples_per_peak: perPeak,
        duration_s: samples / sampleRate,
        peaks: all.map((value) => Math.round((value / 32_768) * 1000) / 1000),
      }
    },
  }
}

/** Reads a file's sound as 16-bit samples and returns its outline. */
export async function waveform(programs: Programs, { file, signal }: MediaJob): Promise<Waveform> {
  signal?.throwIfAborted()
  const output = ['-map', '0:a:0', '-ac', '1', '-ar', String(sampleRate), '-f', 's16le', '-']
  const command = await commandOf(programs, 'ffmpeg', [...quietly, ...input(file), ...output])
  const failureOf = await watchMemory(programs)
  signal?.throwIfAborted()
  const child = streamCommand(command)
  const timeout = AbortSignal.timeout(timeoutS * 1000)
  const ends = signal ? AbortSignal.any([signal, timeout]) : timeout
  const kill = () => child.kill()
  ends.addEventListener('abort', kill, { once: true })
  const words: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (words.length < 50 && words.push(text)))
  const peaks = createPeaks()
  try {
    const chunks: AsyncIterable<Buffer> = child.stdout
    let odd: Buffer = Buffer.alloc(0)
    for await (const chunk of chunks) {
      const bytes = odd.length > 0 ? Buffer.concat([odd, chunk]) : chunk
      const whole = bytes.length - (bytes.length % 2)
      for (let at = 0; at < whole; at += 2) peaks.add(bytes.readInt16LE(at))
      odd = bytes.subarray(whole)
    }
    const { exitCode } = await child.closed
    signal?.throwIfAborted()
    if (timeout.aborted) throw mediaTimedOut({ seconds: timeoutS })
    if (exitCode !== 0) throw await failureOf(words.join('').split('\n'))
    return peaks.result()
  } finally {
    ends.removeEventListener('abort', kill)
    child.kill()
  }
}
