import { bentostore, BentoCache } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'

/** The number of entries kept in memory. Each has some hundreds of bytes. */
const memoryEntries = 5_000

/** A store of values in memory, alone or as the first layer over another store. */
export const newMemory = () => bentostore().useL1Layer(memoryDriver({ maxItems: memoryEntries }))

/** A cache that keeps values only in memory. */
export const overMemory = () => new BentoCache({ default: 'only', stores: { only: newMemory() } })
