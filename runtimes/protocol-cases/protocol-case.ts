import { json } from '@vitrine/contract'
import { z } from 'zod'

/**
 * A request to a runtime. In `body` and `raw`, `{"$repeat": [text, times]}` is a long text, `{"$list": [item,
 * times]}` a long list, and `{"$base64": text}` base64. `$media`, `$gate` and `$outside` at the start of a
 * text are folders of the runner. `${name}` is a value saved by an earlier step.
 */
const request = z.strictObject({
  method: z.enum(['GET', 'POST', 'HEAD', 'PUT', 'DELETE']).default('POST'),
  path: z.string().default('/predict'),
  headers: z.record(z.string(), z.string()).default({}),
  body: json.optional(),
  raw: z.string().optional().describe('in the place of a JSON body'),
  raw_base64: z.string().optional().describe('bytes that are no text'),
})
/** A request to a runtime. */
export type CaseRequest = z.infer<typeof request>

/**
 * The expected answer. `body` is a part of the answer: objects may have more keys, but arrays must have the
 * same length. Patterns: `{"$any": true}`, `{"$matches": regex}`, `{"$length": n}`, `{"$absent": true}`,
 * `{"$between": [low, high]}`, `{"$save": name}` (saves a value for later steps), `{"$saved": name}` (equals
 * it).
 */
const expectation = z.strictObject({
  status: z.number().int(),
  body: json.optional(),
  text: z.string().optional().describe('regular expression on the body as text'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('regular expressions; `^$` for a header that is not there'),
  save_headers: z.record(z.string(), z.string()).default({}).describe('header to name'),
  events: z
    .array(z.strictObject({ event: z.string(), data: json }))
    .optional()
    .describe('all events in their order'),
})
/** The expected answer. */
export type Expectation = z.infer<typeof expectation>

const exchange = z.strictObject({ request, expect: expectation })
/** A request and its answer. */
export type Exchange = z.infer<typeof exchange>

const step = z.union([
  exchange,
  z.strictObject({ until: exchange }).describe('asks again until the answer is as expected'),
  z.strictObject({ together: z.array(exchange).min(2) }).describe('all at the same moment'),
  z.strictObject({ background: z.string(), request }).describe('sends without waiting'),
  z
    .strictObject({ uploading: z.string(), request })
    .describe(
      'begins a request in the background, and waits until its head is taken. Its body is not sent yet',
    ),
  z.strictObject({ rest_of: z.string() }).describe('sends the body of such a request'),
  z
    .strictObject({ answer_of: z.string(), expect: expectation })
    .describe('waits for a request in the background'),
  z
    .strictObject({ begun: z.string() })
    .describe('waits until the head of the answer to a request in the background is there'),
  z.strictObject({ leaves: z.string() }).describe('the caller of a request in the background hangs up'),
  z.strictObject({ open_gate: z.string() }).describe('creates a file in the gate folder'),
  z.strictObject({ until_gate: z.string() }).describe('waits for a file in the gate folder'),
  z.strictObject({ no_gate: z.string() }).describe('a file is not in the gate folder'),
  z.strictObject({ stderr: z.string() }).describe('waits until the process has written a line that matches'),
  z.strictObject({ terminate: z.literal(true) }).describe('SIGTERM'),
  z.strictObject({ refused: request }).describe('waits until a new request gets no answer, or 503'),
  z.strictObject({ exits: z.number().int() }).describe('waits for the end of the process'),
  z
    .strictObject({ fetched: z.record(z.string(), z.number().int()) })
    .describe('how often an asset was fetched so far'),
  z.strictObject({ until_held: z.string() }).describe('waits until a held asset has been sent in part'),
  z.strictObject({ let_go: z.string() }).describe('sends the rest of a held asset'),
  z.strictObject({ break_off: z.string() }).describe('resets the connection of a held asset'),
  z
    .strictObject({ until_given_up: z.string() })
    .describe('waits until the runtime does not want a held asset any more'),
  z
    .strictObject({ files_of_requests: z.number().int() })
    .describe('waits until so many files of requests exist'),
])
/** One step of a case. */
export type Step = z.infer<typeof step>

const common = {
  name: z.string().min(10).describe('a sentence of behaviour'),
  fixture: z.string(),
  languages: z
    .array(z.enum(['python', 'node']))
    .min(1)
    .default(['python', 'node']),
  isolated: z.boolean().default(false).describe('needs a process of its own'),
}
const protocolCase = z.union([
  z.strictObject({ ...common, steps: z.array(step).min(1) }),
  z.strictObject({ ...common, request, expect: expectation }).transform((single) => {
    const { request: asked, expect, ...rest } = single
    return { ...rest, steps: [{ request: asked, expect }] satisfies Step[] }
  }),
])
/** One behaviour of every runtime. */
export type ProtocolCase = {
  [Key in keyof z.infer<typeof protocolCase>]: z.infer<typeof protocolCase>[Key]
} & {
  steps: Step[]
}

/** A file of cases. */
export const protocolCases = z.strictObject({ about: z.string().min(1), cases: z.array(protocolCase).min(1) })
