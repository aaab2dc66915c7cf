import { answer, answerHead } from './answer.ts'
import { control } from './control.ts'
import { decide } from './decide.ts'
import { passedHeaders } from './headers.ts'

/**
 * The functions that nginx calls for few requests only. The build wraps them all in one function, which runs
 * when one of them is called.
 */
export { answer, answerHead, control, decide, passedHeaders }
