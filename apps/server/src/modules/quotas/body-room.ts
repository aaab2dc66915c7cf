import { noRoomForBodies } from './quotas.errors.ts'
import { createReadingRoom, usualReadingRoom, type ReadingRoom } from './reading-room.ts'

const mebibyte = 1024 ** 2

/** Makes the room for the JSON bodies of all requests. There is room for the largest picture as base64 in one share. */
export const createBodyRoom = (): ReadingRoom =>
  createReadingRoom({ ...usualReadingRoom, bytes: 512 * mebibyte, perPerson: 256 * mebibyte }, (cause) =>
    noRoomForBodies({}, cause),
  )
