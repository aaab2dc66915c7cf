import type { Asset, Stage } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import { keyPlaceholder, type CallExample } from './code-snippets.ts'
import type { Draft } from './draft.ts'
import { mappedCall, type MappedCall } from './mapped-call.ts'
import { parametersOf } from './schema-form.ts'

/** The call of this draft from outside: at the service's public address, with the caller's own key. */
export const callExample = (
  stage: Pick<Stage, 'url' | 'path' | 'auth'>,
  draft: Draft,
  options: { origin: string; localFile: Pick<Asset, 'name' | 'mime'> | null; key?: string },
): CallExample => ({
  url: new URL('predict', serviceAddress(stage, options.origin)).href,
  inputData: draft.inputData,
  parameters: parametersOf(draft.parameters),
  key: keyFor(stage, options.key),
  localFile:
    options.localFile === null ? null : { name: options.localFile.name, mime: options.localFile.mime },
})

/** The key in the code: a word that stands for the caller's own, unless it is given; null if everybody may call. */
const keyFor = ({ auth }: Pick<Stage, 'auth'>, key = keyPlaceholder): string | null =>
  auth === 'required' ? key : null

/** The public address of a service, with `/` at its end. */
const serviceAddress = ({ url, path }: Pick<Stage, 'url' | 'path'>, origin: string): string =>
  withSlash(/^https?:/.test(url) ? url : origin + path)

/**
 * The call of this draft at the service's own API; null if the stage is not of one, or its calls cannot be written so. A media file is
 * read from a local file, because that API takes none by its id.
 */
export const ownApiCall = (
  stage: Pick<Stage, 'url' | 'path' | 'auth' | 'operation'>,
  draft: Draft,
  options: { origin: string; file: Pick<Asset, 'name' | 'mime'> | null; key?: string },
): MappedCall | null =>
  stage.operation &&
  mappedCall(stage.operation, {
    base: serviceAddress(stage, options.origin),
    input: draft.inputData[0] ?? '',
    parameters: parametersOf(draft.parameters),
    key: keyFor(stage, options.key),
    file: {
      name: options.file?.name ?? 'input',
      mime: options.file?.mime ?? 'application/octet-stream',
    },
  })

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)

/** The stored media file that is the draft's only element, if it is one. */
export const draftAsset = ({ inputData }: Draft): string | null => {
  const [element] = inputData
  if (inputData.length !== 1 || !isJsonObject(element)) return null
  return typeof element.asset_id === 'string' ? element.asset_id : null
}
