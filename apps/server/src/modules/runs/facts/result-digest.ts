import type { Json, PredictResponse } from '@vitrine/contract'
import { storableText } from '../../../lib/storable-text.ts'
import { canonicalDigest } from '../../../lib/canonical-json.ts'
import { instanceFilesPath, runFilesPath } from '../file-names.ts'

/** The part of a result that the algorithm found, without times and printed text. Pure. */
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
 * Reduces the address of a returned file to its name, because the addresses of two runs always differ. The name
 * contains the hash of the file's bytes. Pure.
 */
export const withoutAddresses =
  (run: { id: string; service_id: string }) =>
  (text: string): string =>
    text.replaceAll(runFilesPath(run.id), '').replaceAll(instanceFilesPath(run.service_id), '')

/** The digest of the stored result of a run. The result must not change during the call. */
export function resultDigest(
  result: PredictResponse,
  run: { id: string; service_id: string },
): Promise<string> {
  const plain = withoutAddresses(run)
  return canonicalDigest(answerOf(result), (text) => storableText(plain(text)))
}
