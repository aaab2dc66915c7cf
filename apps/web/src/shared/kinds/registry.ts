import type { ResultKind } from '@vitrine/contract/results'
import type { Kind, WrittenKinds } from './kind.ts'

/** Descriptors of all kinds of the contract. It is a type error here that one has no folder, or a component that does not take its props. */
type Complete<Kinds extends { [Name in ResultKind]: Kind }> = Kinds[keyof Kinds]

const folders = import.meta.glob<Complete<WrittenKinds>>('./*/kind.ts', { eager: true, import: 'default' })
const byName = new Map<string, Kind>(Object.values(folders).map((kind) => [kind.name, kind]))

/** The kind of result with this name, if there is one; everything else is shown as a JSON tree. */
export const kindNamed = (name: string): Kind | undefined => byName.get(name)

/** Names of all kinds of result. */
export const kindNames: readonly string[] = [...byName.keys()]
