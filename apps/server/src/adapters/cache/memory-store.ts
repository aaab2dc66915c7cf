import { bentostore, BentoCache } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'

/** The number of entries kept in memory. Each has some hundreds of bytes. */
const memoryEntries = 5_000

/** What keeps values in memory, alone or over something else. */
export const newMemory = () => bentostore().useL1Layer(memoryDriver({ maxItems: memoryEntries }))

/** Values in memory alone. */
export const overMemory = () => new BentoCache({ default: 'only', stores: { only: newMemory() } })
