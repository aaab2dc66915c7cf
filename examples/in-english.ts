import { sayWith, type Manifest, type Say } from '@vitrine/contract'

/** Characters that only Chinese texts have. */
export const han = /\p{Script=Han}|[：，。；（）、《》……]/u

/** Says what an example returns as readers of English see it. */
export const sayInEnglish = (manifest: Manifest): Say => sayWith(manifest.result_translations?.en ?? {})
