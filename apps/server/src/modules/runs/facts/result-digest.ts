import type { Json, PredictResponse } from '@vitrine/contract'
import { storableText } from '../../../adapters/database/storable-columns.ts'
import { canonicalDigest } from '../../../lib/canonical-json.ts'
import { instanceFilesPath, runFilesPath } from '../files/file-names.ts'

/** The part of a result that says what was found: not how long it took, nor what was printed. Pure. */
export const answerOf = ({ status, predictions }: PredictResponse): Json => ({
  status,
  predictions: predictions.map(({ index, status: own, outputs, error }) => ({
    index,
    status: own,
    outputs: outputs.map(({ name, kind, data }) => ({ name: name ?? null, kind, data })),
    error: error?.code ?? null,
  })),
})

/**
 * Writes the address of a returned file as its name alone, which contains the hash of its bytes: the addresses of two runs
 * always differ. Pure.
 */
export const withoutAddresses =
  (run: { id: string; service_id: string }) =>
  (text: string): string =>
    text.replaceAll(runFilesPath(run.id), '').replaceAll(instanceFilesPath(run.service_id), '')

/** The digest of what a run answered, as it is stored. The result must not change meanwhile. */
export function resultDigest(
  result: PredictResponse,
  run: { id: string; service_id: string },
): Promise<string> {
  const plain = withoutAddresses(run)
  return canonicalDigest(answerOf(result), (text) => storableText(plain(text)))
}
