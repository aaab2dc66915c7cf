import { outputsPath, predictResponse, servicePath, type PredictResponse } from '@vitrine/contract'

/** Path of a run's stored files, for everybody who may see the run. */
export const runFilesPath = (runId: string): string => `/api/v1/runs/${runId}/files/`

/** Path of the files that a service's algorithm returns, as its instances write it. */
export const instanceFilesPath = (serviceId: string): string =>
  `${servicePath(serviceId).slice(0, -1)}${outputsPath}`

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/**
 * Matches an address of a returned file anywhere in JSON text: as a whole string, or within a longer one such as a
 * Markdown text.
 */
const addressIn = (serviceId: string) =>
  new RegExp(
    `${escaped(instanceFilesPath(serviceId))}([0-9a-f]{64}(?:\\.[A-Za-z0-9]{1,10})?)(?![0-9A-Za-z])`,
    'g',
  )

/** The names of the returned files in a value, each once. Pure. */
export const fileNamesIn = (value: unknown, serviceId: string): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(addressIn(serviceId))].map(([, name = '']) => name)),
]

/** A result in which the addresses of stored files replace those at the instance. Other addresses stay. Pure. */
export function withKeptFiles(
  result: PredictResponse,
  run: { id: string; service_id: string },
  kept: ReadonlySet<string>,
): PredictResponse {
  // Avoids parsing a long result without files.
  if (kept.size === 0) return result
  const text = JSON.stringify(result).replaceAll(addressIn(run.service_id), (address, name: string) =>
    kept.has(name) ? `${runFilesPath(run.id)}${name}` : address,
  )
  return predictResponse.parse(JSON.parse(text))
}
