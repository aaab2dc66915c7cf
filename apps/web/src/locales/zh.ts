import { byFileName, byFolderName, type Messages } from './languages.ts'

const features = import.meta.glob<Messages>('./zh/*.ts', { eager: true, import: 'default' })
const kinds = import.meta.glob<Messages>('../shared/kinds/*/zh.ts', { eager: true, import: 'default' })

/** All Chinese texts, in one chunk of their own; those of a kind of result stand in the kind's folder, used as `kinds.<kind>.<key>`. */
export default { ...byFileName(features), kinds: byFolderName(kinds) }
