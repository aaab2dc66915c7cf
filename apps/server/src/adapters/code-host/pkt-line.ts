/** Ends a list of packets. */
export const flush = Buffer.from('0000')

/** A packet of git's pkt-line format: its length in four hexadecimal digits, and its bytes. Format: gitprotocol-common(5). */
export const packet = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from((payload.length + flush.length).toString(16).padStart(4, '0')), payload])
