import { noRoomForBodies } from './quotas.errors.ts'
import { createReadingMemory, usualReadingMemory, type ReadingMemory } from './reading-memory.ts'

const mebibyte = 1024 ** 2

/** Makes the memory for the JSON bodies of all requests. There is room for the largest picture as base64 in one share. */
export const createBodyMemory = (): ReadingMemory =>
  createReadingMemory({ ...usualReadingMemory, bytes: 512 * mebibyte, perPerson: 256 * mebibyte }, (cause) =>
    noRoomForBodies({}, cause),
  )
