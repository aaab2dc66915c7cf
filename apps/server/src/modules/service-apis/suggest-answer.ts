import type { ApiAnswer, Json } from '@vitrine/contract'
import { foreignKindNames, isResultKind, resultKinds, type ResultKind } from '@vitrine/contract/results'
import { isObject } from '@vitrine/contract/schema-check'
import { sampleOf } from './answer-sample.ts'
import { AnswerNotFitting, isJsonType, jsonOf, jsonOutput, valueAt, type RawAnswer } from './api-answer.ts'

const mostSuggestions = 12
/** How much of an answer is looked at: every kind is tried at every place, and each time on all that is there. */
const lookedAt = { values: 10_000, text: 10_000 } as const
/** How deep and how widely an answer is searched for results. */
const searched = { depth: 4, members: 30, all: 300 } as const

/** The kind of media that a type says; null if it says none that can be shown. */
function mediaKind(mime: string): ResultKind | null {
  const [family = ''] = mime.split('/')
  return isResultKind(family) && resultKinds[family].foreign === 'file' ? family : null
}

/** The beginnings of pictures in base64. */
const picture = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD)/

function mediaIn(value: Json): ResultKind | null {
  if (typeof value !== 'string') return null
  const [, type] = /^data:([\w/+.-]+);base64,/.exec(value) ?? []
  return mediaKind(type ?? (value.length > 200 && picture.test(value) ? 'image/png' : ''))
}

/** How a value at a place can be shown. */
function suggestionsFor(value: Json, path: ApiAnswer['path']): ApiAnswer[] {
  const media = mediaIn(value)
  if (media) return [{ kind: media, path }]
  return foreignKindNames.flatMap((kind): ApiAnswer[] => {
    const { foreign } = resultKinds[kind]
    const names = foreign === null || foreign === 'file' ? null : foreign.suggest(value)
    const named = Object.entries(names ?? {}).filter(([, name]) => name !== undefined)
    return names === null ? [] : [{ kind, path, ...Object.fromEntries(named) }]
  })
}

/** The most items of a list that are looked at one by one. A longer list is one of equal things. */
const mostItems = 8

/** What a value is like: items of a list that are alike are shown in the same way, so one represents all. */
const formOf = (value: Json): string =>
  Array.isArray(value) ? 'list' : isObject(value) ? Object.keys(value).toSorted().join() : ''

/** The places in a list that may be the result: its first item, and in a short list each that is unlike those before it. */
function itemsOf(list: readonly Json[]): number[] {
  if (list.length > mostItems) return [0]
  const seen = new Set<string>()
  return list.flatMap((item, at) => {
    const form = formOf(item)
    // Texts and numbers say nothing of what they are, so each may be the result.
    if (form !== '' && seen.has(form)) return []
    seen.add(form)
    return [at]
  })
}

/** The places of an answer with their values, the outermost first. */
function placesOf(answer: Json): { value: Json; path: ApiAnswer['path'] }[] {
  const found: { value: Json; path: ApiAnswer['path'] }[] = [{ value: answer, path: [] }]
  for (let at = 0; at < found.length && found.length < searched.all; at++) {
    const now = found[at]
    if (!now || now.path.length >= searched.depth) continue
    const { value, path } = now
    const names = Array.isArray(value) ? itemsOf(value) : isObject(value) ? Object.keys(value) : []
    for (const name of names.slice(0, searched.members)) {
      const each = valueAt(value, [name])
      if (each !== undefined) found.push({ value: each, path: [...path, name] })
    }
  }
  return found
}

const rankOf = ({ kind }: ApiAnswer): number => {
  const { foreign } = resultKinds[kind]
  return foreign === null || foreign === 'file' ? 4 : foreign.rank
}
/** A kind that fits everything says nothing about a part of an answer. */
const saysMore = (suggestion: ApiAnswer) => suggestion.path.length === 0 || rankOf(suggestion) < rankOf(whole)
const whole: ApiAnswer = { kind: 'json', path: [] }

/**
 * How an answer can be shown, best first: every suggestion has been tried on this answer, or on the first items of its
 * lists if it is large. Pure.
 */
export function suggestAnswers(raw: RawAnswer): ApiAnswer[] {
  if (!isJsonType(raw.mime)) {
    if (raw.mime.startsWith('text/')) return suggestionsFor('', [])
    return [{ kind: mediaKind(raw.mime) ?? 'file', path: [] }]
  }
  let answer: Json
  try {
    answer = sampleOf(jsonOf(raw), lookedAt).sample
  } catch (error) {
    if (error instanceof AnswerNotFitting) return []
    throw error
  }
  const all = placesOf(answer).flatMap(({ value, path }) => suggestionsFor(value, path))
  const fitting = all.filter((suggestion) => saysMore(suggestion) && fits(answer, suggestion))
  const best = fitting.toSorted((one, other) => rankOf(one) - rankOf(other))
  // The whole as it is, which always fits, is the last.
  return [...best.filter(({ kind }) => kind !== whole.kind).slice(0, mostSuggestions - 1), whole]
}

function fits(answer: Json, suggestion: ApiAnswer): boolean {
  try {
    jsonOutput(answer, { answer: suggestion, serviceId: 'preview' })
    return true
  } catch (error) {
    if (error instanceof AnswerNotFitting) return false
    throw error
  }
}
