// Must come first, because schemas read the settings when they are created.
import './zod-without-eval.ts'
import { resultKinds, type ResultData, type ResultKind } from '@vitrine/contract/results'
import type { z } from 'zod'

const kinds: { [Kind in ResultKind]: { data: z.ZodType<ResultData<Kind>> } } = resultKinds

/** The schema of a kind's data. */
export const schemaOf = <Kind extends ResultKind>(kind: Kind): z.ZodType<ResultData<Kind>> => kinds[kind].data
