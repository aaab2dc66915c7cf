// First, since schemas read the settings when they are made.
import './zod-without-eval.ts'
import { resultKinds, type ResultData, type ResultKind } from '@vitrine/contract/results'
import type { z } from 'zod'

const kinds: { [Kind in ResultKind]: { data: z.ZodType<ResultData<Kind>> } } = resultKinds

/** Schema of a kind's data. */
export const schemaOf = <Kind extends ResultKind>(kind: Kind): z.ZodType<ResultData<Kind>> => kinds[kind].data
