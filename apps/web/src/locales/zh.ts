import { byFileName, type Messages } from './languages.ts'

/** All Chinese texts, in one chunk of their own. */
export default byFileName(import.meta.glob<Messages>('./zh/*.ts', { eager: true, import: 'default' }))
