import { pino } from 'pino'

/** Lines that wait to be written, in characters. Further ones are dropped. */
const mostWaiting = 4_000_000

/**
 * Where the log goes. If it cannot be written, as on a full disk, the platform goes on: lines wait in memory and are written with the next
 * one that succeeds.
 */
export function logDestination(fd: number): ReturnType<typeof pino.destination> {
  const destination = pino.destination({ dest: fd, maxLength: mostWaiting })
  // Without a listener, the error ends the process. There is nowhere to tell it.
  destination.on('error', () => undefined)
  return destination
}
