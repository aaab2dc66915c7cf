/** Why a microphone or camera cannot be used: a key of `stage.device_error`. */
export const deviceError = (error: unknown): 'refused' | 'none' | 'busy' | 'other' => {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'other'
}

/** Whether pages may ask for microphone and camera here: browsers allow it over https and on the machine itself alone. */
export const mayUseDevices = (): boolean => window.isSecureContext && navigator.mediaDevices !== undefined
