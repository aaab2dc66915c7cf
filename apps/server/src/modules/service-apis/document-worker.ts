import { answerInThread } from '../../adapters/threads/answer-in-thread.ts'
import { readDocument } from './read-document.ts'

answerInThread(readDocument)
