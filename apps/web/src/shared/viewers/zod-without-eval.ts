import { config } from 'zod/v4/core'

// The pages' security policy forbids making code from text, and zod would try that, to be faster.
config({ jitless: true })
