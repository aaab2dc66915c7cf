import { answerInThread } from '../../adapters/threads/answer-in-thread.ts'
import { parseExport } from './config-export.ts'

answerInThread(parseExport)
