import { outputsPath, predictResponse, servicePath, type PredictResponse } from '@vitrine/contract'

/** Path of a kept file of a run, for those who may see the run. */
export const runFilesPath = (runId: string): string => `/api/v1/runs/${runId}/files/`

/** Path of the files that a service's algorithm returns, as its instances name them. */
export const instanceFilesPath = (serviceId: string): string =>
  `${servicePath(serviceId).slice(0, -1)}${outputsPath}`

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** An address of a returned file anywhere in JSON text: a string of its own, or within one such as a text in Markdown. */
const addressIn = (serviceId: string) =>
  new RegExp(
    `${escaped(instanceFilesPath(serviceId))}([0-9a-f]{64}(?:\\.[A-Za-z0-9]{1,10})?)(?![0-9A-Za-z])`,
    'g',
  )

/** Names of the returned files that a value names, each once. Pure. */
export const fileNamesIn = (value: unknown, serviceId: string): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(addressIn(serviceId))].map(([, name = '']) => name)),
]

/** A result with the addresses of kept files in place of those at the instance; the others stay. Pure. */
export function withKeptFiles(
  result: PredictResponse,
  run: { id: string; service_id: string },
  kept: ReadonlySet<string>,
): PredictResponse {
  // A long result without files is not parsed again.
  if (kept.size === 0) return result
  const text = JSON.stringify(result).replaceAll(addressIn(run.service_id), (address, name: string) =>
    kept.has(name) ? `${runFilesPath(run.id)}${name}` : address,
  )
  return predictResponse.parse(JSON.parse(text))
}
