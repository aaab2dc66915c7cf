import { json, type Language, type Prediction, type PredictResponse } from '@vitrine/contract'
import { z } from 'zod'
import { wordsOf, type Words } from '../../lib/words.ts'

type AnswerError = NonNullable<Prediction['error']>

/** The details of an error that the platform itself has put into an answer: with its sentence in every language. */
export const detailsWithWords = z.object({ words: z.object({ zh: z.string(), en: z.string() }) })

/** The sentence of an error of an answer in every language. What an algorithm says is the same in each. Pure. */
export const answerWords = ({ message, details }: AnswerError): Words =>
  detailsWithWords.safeParse(details).data?.words ?? wordsOf(message)

function errorIn<E extends AnswerError | null | undefined>(error: E, language: Language): E | AnswerError {
  const known = error ? detailsWithWords.loose().safeParse(error.details).data : undefined
  if (!error || !known) return error
  const { words, ...details } = known
  return { ...error, message: words[language], details: json.parse(details) }
}

/** A prediction whose error is in the language of a reader. Pure. */
export const predictionIn = (prediction: Prediction, language: Language): Prediction =>
  prediction.error ? { ...prediction, error: errorIn(prediction.error, language) } : prediction

/** A result whose errors are in the language of a reader. Pure. */
export const resultIn = (result: PredictResponse, language: Language): PredictResponse => ({
  ...result,
  predictions: result.predictions.map((prediction) => predictionIn(prediction, language)),
  error: errorIn(result.error, language),
})
