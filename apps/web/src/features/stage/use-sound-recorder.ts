import { onScopeDispose, ref, shallowRef } from 'vue'

/** The state of a recorder. */
export type RecorderState = 'idle' | 'asking' | 'recording' | 'recorded' | 'failed'

const preferred = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

/** The loudness of samples (0–255, silence at 128), 0–1. Quiet speech fills about half of the scale. */
export const levelOf = (samples: Uint8Array): number => {
  if (samples.length === 0) return 0
  const power = samples.reduce((sum, sample) => sum + ((sample - 128) / 128) ** 2, 0) / samples.length
  return Math.min(1, Math.sqrt(Math.sqrt(power)) * 1.2)
}

/** The file name of a recording: its time, and the ending of its type. */
export const recordingName = (mime: string, at: Date): string => {
  const ending = mime.startsWith('audio/mp4') ? 'm4a' : mime.startsWith('audio/ogg') ? 'ogg' : 'webm'
  return `recording-${at.toISOString().slice(0, 19).replace(/[:T]/g, '-')}.${ending}`
}

/**
 * Records from the microphone. `level` is 0–1, `seconds` is the recorded time, and `error` is why recording
 * is not possible.
 */
export const useSoundRecorder = () => {
  const state = ref<RecorderState>('idle')
  const level = ref(0)
  const seconds = ref(0)
  const file = shallowRef<File | null>(null)
  const error = shallowRef<unknown>(null)
  let end: () => void = () => undefined
  let gone = false

  const start = async (): Promise<void> => {
    state.value = 'asking'
    error.value = null
    file.value = null
    let sound: MediaStream | null = null
    try {
      sound = await navigator.mediaDevices.getUserMedia({ audio: true })
      // The recorder was closed while the browser asked the person for permission.
      if (gone) return turnOff(sound)
      record(sound)
    } catch (failure) {
      if (sound !== null) turnOff(sound)
      error.value = failure
      state.value = 'failed'
    }
  }
  const turnOff = (sound: MediaStream): void => sound.getTracks().forEach((track) => track.stop())
  const record = (sound: MediaStream) => {
    const mimeType = preferred.find((type) => MediaRecorder.isTypeSupported(type))
    const recorder = new MediaRecorder(sound, mimeType === undefined ? {} : { mimeType })
    const parts: Blob[] = []
    const stopMeter = meter(sound)
    end = () => {
      if (recorder.state !== 'inactive') recorder.stop()
      stopMeter()
      turnOff(sound)
      end = () => undefined
    }
    recorder.ondataavailable = ({ data }) => parts.push(data)
    recorder.onstop = () => {
      const type = recorder.mimeType
      file.value = new File(parts, recordingName(type, new Date()), { type })
      state.value = 'recorded'
    }
    recorder.onerror = (event) => {
      error.value = event
      state.value = 'failed'
      end()
    }
    recorder.start(1_000)
    state.value = 'recording'
  }
  const meter = (sound: MediaStream): (() => void) => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(sound).connect(analyser)
    const samples = new Uint8Array(analyser.fftSize)
    const began = performance.now()
    let handle = 0
    const look = () => {
      handle = requestAnimationFrame(look)
      analyser.getByteTimeDomainData(samples)
      level.value = levelOf(samples)
      seconds.value = (performance.now() - began) / 1000
    }
    look()
    return () => {
      cancelAnimationFrame(handle)
      level.value = 0
      void context.close()
    }
  }
  onScopeDispose(() => {
    gone = true
    end()
  })
  return { state, level, seconds, file, error, start, stop: () => end() }
}
