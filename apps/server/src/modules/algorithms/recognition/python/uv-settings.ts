import type { NotFollowed } from '../../../requirements/package-indexes.ts'
import { uvIndexes, type ListedIndex } from '../../../requirements/project-sources.ts'
import { say } from '../plan.ts'
import type { UvSettings } from './project-file-schema.ts'

/** Settings of uv that change what is installed and that pip does not know. */
const ofUvAlone = [
  'override-dependencies',
  'exclude-dependencies',
  'dependency-metadata',
  'conflicts',
  'resolution',
  'exclude-newer',
  'prerelease',
  'no-index',
  'no-binary',
  'no-binary-package',
  'no-build',
  'no-build-package',
  'no-build-isolation',
  'no-build-isolation-package',
  'config-settings',
]

const unnamed = (url: string, is: { isDefault: boolean; isFlat: boolean }): ListedIndex => ({
  name: '',
  url,
  isExplicit: false,
  ...is,
})

/** The indexes that `[tool.uv]` names. */
export const indexesOfUv = (settings: UvSettings | undefined): ListedIndex[] => [
  ...uvIndexes(settings?.index),
  ...(settings?.['index-url'] ?? []).map((url) => unnamed(url, { isDefault: true, isFlat: false })),
  ...(settings?.['extra-index-url'] ?? []).map((url) => unnamed(url, { isDefault: false, isFlat: false })),
  ...(settings?.['find-links'] ?? []).map((url) => unnamed(url, { isDefault: false, isFlat: true })),
]

/** The settings of `[tool.uv]` that pip does not have. */
export function settingsOfUvAlone(settings: UvSettings | undefined): NotFollowed[] {
  const why = say('pip 没有这个设置，没有采用', 'pip has no such setting, so it is not followed')
  return ofUvAlone
    .filter((key) => settings?.[key] !== undefined)
    .map((key) => ({ what: `[tool.uv] ${key}`, why }))
}
