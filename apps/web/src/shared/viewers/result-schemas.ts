// First, since schemas read the settings when they are made.
import './zod-without-eval.ts'

export { resultKinds } from '@vitrine/contract/results'
