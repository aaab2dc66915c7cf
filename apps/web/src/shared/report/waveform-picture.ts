import { readWaveform, waveformBars } from '../waveform/waveform.ts'

const size = { width: 1200, height: 150, bars: 240 }

/** The waveform of a sound at an address as a picture (a data URL). Null if there is none. */
export const waveformPicture = async (url: string): Promise<string | null> => {
  const answer = await fetch(url, { credentials: 'same-origin' })
  const waveform = answer.ok ? readWaveform(await answer.json()) : null
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: size.width, height: size.height })
  const context = canvas.getContext('2d')
  if (waveform === null || context === null) return null
  context.fillStyle = '#f4f6f8'
  context.fillRect(0, 0, size.width, size.height)
  context.fillStyle = '#1f6fd6'
  const [step, middle] = [size.width / size.bars, size.height / 2]
  waveformBars(waveform.peaks, size.bars).forEach(({ low, high }, place) => {
    const [top, bottom] = [Math.max(0.02, high) * middle * 0.92, Math.max(0.02, -low) * middle * 0.92]
    context.fillRect(place * step + 1, middle - top, step - 2, top + bottom)
  })
  return canvas.toDataURL('image/png')
}
