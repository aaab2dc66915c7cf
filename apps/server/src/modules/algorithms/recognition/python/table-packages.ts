import { z } from 'zod'
import { packageSource } from '../../../requirements/project-sources.ts'
import { strings } from './project-file-schema.ts'
import { listOf, type SourcedPackage } from './stated-package.ts'

/**
 * A version of Poetry or Pipenv as pip knows it: `^1.2` is `>=1.2,<2`, `~1.2.3` is `>=1.2.3,<1.3`, and a number alone
 * is exactly that version.
 */
export function versionForPip(written: string): string {
  const version = written.trim()
  if (version === '*' || version === '') return ''
  const [, sign, number = ''] = /^([\^~])=?\s*(\d[\w.]*)$/.exec(version) ?? []
  if (sign === undefined) return /^\d/.test(version) ? `==${version}` : version
  const parts = number.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const firstOther = parts.findIndex((part) => part > 0)
  const kept = sign === '^' ? (firstOther < 0 ? parts.length - 1 : firstOther) : Math.min(1, parts.length - 1)
  const next = [...parts.slice(0, kept), (parts[kept] ?? 0) + 1]
  return `>=${number},<${next.join('.')}`
}

const dependency = packageSource.extend({
  version: z.string().optional().catch(undefined),
  extras: strings.default([]),
  markers: z.string().optional().catch(undefined),
  python: z.string().optional().catch(undefined),
  optional: z.boolean().optional().catch(undefined),
})

/** The marker of a package that is only for some versions of Python. */
const markerFor = (python: string): string =>
  versionForPip(python)
    .split(',')
    .flatMap((clause) => {
      const [, sign = '', number = ''] = /^\s*(==|!=|<=|>=|<|>)\s*(\d[\d.]*)\s*$/.exec(clause) ?? []
      return number === '' ? [] : [`python_version ${sign} "${number}"`]
    })
    .join(' and ')

function packageOf(name: string, value: unknown, where: string): SourcedPackage[] {
  const { data } = dependency.safeParse(typeof value === 'string' ? { version: value } : value)
  // An optional package is an extra, which nobody asks for.
  if (!data || data.optional) return []
  const markers = [data.markers, markerFor(data.python ?? '')].filter(Boolean)
  const wanted = {
    name,
    extras: data.extras.length === 0 ? '' : `[${data.extras.join(',').replaceAll(/\s/g, '')}]`,
    version: versionForPip(data.version ?? '*'),
    marker: markers.length > 1 ? markers.map((each) => `(${each})`).join(' and ') : (markers[0] ?? ''),
  }
  return [{ kind: 'sourced', wanted, sources: [data], where: `${where} ${name}` }]
}

/** The packages of a table of Poetry or Pipenv. Several entries of a name are for different systems. `where` is its heading. */
export const tablePackages = (table: Record<string, unknown>, where: string): SourcedPackage[] =>
  Object.entries(table)
    .filter(([name]) => name !== 'python' && /^[\w.-]+$/.test(name))
    .flatMap(([name, value]) => listOf(value).flatMap((one) => packageOf(name, one, where)))
