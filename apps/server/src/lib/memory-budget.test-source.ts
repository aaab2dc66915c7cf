import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts'

/** A budget for tests, of which everybody may have all. Without bytes, nothing in a test comes near its bounds. */
export const testMemory = (bytes = 2 ** 40, free = 0): MemoryBudget =>
  createMemoryBudget({ bytes, perPerson: bytes, free, patienceMs: 60_000 })
