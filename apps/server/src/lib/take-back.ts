/**
 * Takes back what was done before an error, the last step first. If a step cannot be taken back, the others still are, and `onError` gets
 * all errors: so the first one can be thrown, and nothing that is left of the work is hidden. Never throws.
 */
export async function takeBack(
  steps: readonly (() => Promise<unknown>)[],
  { error, left, onError }: { error: unknown; left: string; onError: (error: unknown) => void },
): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps.toReversed()) await step().catch((failure: unknown) => failures.push(failure))
  if (failures.length > 0) onError(new AggregateError([error, ...failures], left))
}
