/** Why a microphone or camera cannot be used, as a key of `stage.device_error`. */
export const deviceError = (error: unknown): 'refused' | 'none' | 'busy' | 'other' => {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'other'
}

/**
 * Whether pages may use the microphone and camera here. Browsers allow it only over https and on the machine
 * itself.
 */
export const mayUseDevices = (): boolean => window.isSecureContext && navigator.mediaDevices !== undefined
