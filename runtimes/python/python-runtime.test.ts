import { describe } from 'vitest'
import { runCases } from '../protocol-cases/run-cases.ts'
import { pythonRuntime } from '../protocol-cases/runtimes.ts'

describe('the Python runtime', () => runCases(pythonRuntime))
