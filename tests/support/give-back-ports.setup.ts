import { afterAll } from 'vitest'
import { giveBackPorts } from './free-ports.ts'

// After all else of a test file, because vitest calls first what was registered last. The process may go on with the
// next file, and all processes together would run out of ports.
afterAll(giveBackPorts)
