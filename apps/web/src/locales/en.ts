import { byFileName, type Messages } from './languages.ts'

/** All English texts, in one chunk of their own. */
export default byFileName(import.meta.glob<Messages>('./en/*.ts', { eager: true, import: 'default' }))
