import { createByteRoom, type ByteRoom } from './byte-room.ts'

/** A room for tests, of which everybody may have all. Without bytes, nothing in a test comes near its bounds. */
export const testRoom = (bytes = 2 ** 40, free = 0): ByteRoom =>
  createByteRoom({ bytes, perPerson: bytes, free, patienceMs: 60_000 })
