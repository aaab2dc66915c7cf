import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Frees all memory that nothing holds any more, so that what is left can be measured. */
export const collectGarbage: () => void = runInNewContext('gc')
