import { outputReasonText, type OutputReason } from '@vitrine/contract/error-sentences'

/** The result of an algorithm cannot be used. The log has its English sentence. */
export class BadOutput extends Error {
  readonly reason: OutputReason

  constructor(rule: OutputReason['rule'], values: OutputReason['values'] = {}) {
    const reason = { rule, values }
    super(outputReasonText(reason, 'en'))
    this.reason = reason
  }
}

/** Why an output cannot be used: the known reason, or what an error says. */
export function outputReasonOf(error: unknown): OutputReason | string {
  if (error instanceof BadOutput) return error.reason
  return error instanceof Error ? error.message : String(error)
}
