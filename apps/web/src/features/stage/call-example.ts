import type { Asset, Stage } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import type { CallExample } from './code-snippets.ts'
import type { Draft } from './draft.ts'
import { parametersOf } from './schema-form.ts'

/** The call of this draft from outside: at the service's public address, with the caller's own key. */
export const callExample = (
  stage: Pick<Stage, 'url' | 'path' | 'auth'>,
  draft: Draft,
  options: { origin: string; localFile: Pick<Asset, 'name' | 'mime'> | null },
): CallExample => ({
  url: new URL('predict', withSlash(/^https?:/.test(stage.url) ? stage.url : options.origin + stage.path))
    .href,
  inputData: draft.inputData,
  parameters: parametersOf(draft.parameters),
  needsKey: stage.auth === 'required',
  localFile:
    options.localFile === null ? null : { name: options.localFile.name, mime: options.localFile.mime },
})

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)

/** The stored media file that is the draft's only element, if it is one. */
export const draftAsset = ({ inputData }: Draft): string | null => {
  const [element] = inputData
  if (inputData.length !== 1 || !isJsonObject(element)) return null
  return typeof element.asset_id === 'string' ? element.asset_id : null
}
