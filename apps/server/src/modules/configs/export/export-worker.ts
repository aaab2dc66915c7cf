import { answerInThread } from '../../../adapters/threads/answer-in-thread.ts'
import { parseExport } from './export-format.ts'

answerInThread(parseExport)
