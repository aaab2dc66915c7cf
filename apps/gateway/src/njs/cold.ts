import { answer, answerHead } from './answer.ts'
import { control } from './control.ts'
import { decide } from './decide.ts'
import { passedHeaders } from './headers.ts'

/** What nginx calls for few requests only. The build puts all of it into one function, which runs when one of these is called. */
export { answer, answerHead, control, decide, passedHeaders }
