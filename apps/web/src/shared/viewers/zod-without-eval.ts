import { config } from 'zod/v4/core'

// The page's security policy forbids code generation from strings, which zod would try for speed.
config({ jitless: true })
