import type { ResultKind } from '@vitrine/contract/results'
import type { Kind, WrittenKinds } from './kind.ts'

/**
 * The descriptors of all kinds of the contract. If a kind has no folder, or a component does not take its
 * props, this is a type error.
 */
type Complete<Kinds extends { [Name in ResultKind]: Kind }> = Kinds[keyof Kinds]

const folders = import.meta.glob<Complete<WrittenKinds>>('./*/kind.ts', { eager: true, import: 'default' })
const byName = new Map<string, Kind>(Object.values(folders).map((kind) => [kind.name, kind]))

/** The kind of result with this name, if there is one. All other results are shown as a JSON tree. */
export const kindNamed = (name: string): Kind | undefined => byName.get(name)

/** All kinds of result, and their names. */
export const kinds: readonly Kind[] = [...byName.values()]
export const kindNames: readonly string[] = [...byName.keys()]
