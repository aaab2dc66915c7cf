import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../../json-object.ts'
import { recordsIn } from './records.ts'
import { sentencesIn } from './sentences.ts'

const most = 5

/** A value in one short line. Nested values are only indicated. */
const short = (value: Json): string => {
  if (Array.isArray(value))
    return value.some(isNested) ? `[ … ${value.length} ]` : JSON.stringify(value).slice(0, 80)
  if (isJsonObject(value)) return '{ … }'
  return typeof value === 'string' ? value.slice(0, 80) : String(value)
}
const isNested = (value: Json) => typeof value === 'object' && value !== null

/** The first members of a JSON value, or the first records, one for each line of a cover. Sentences and a value without members have no names. */
export const coverLines = (data: Json): { name: string; value: string }[] => {
  const sentences = sentencesIn(data)
  if (sentences) return sentences.slice(0, most).map((value) => ({ name: '', value: short(value) }))
  const records = recordsIn(data)
  if (records)
    return records.rows.slice(0, most).map(([first = null, ...others]) => ({
      name: short(first),
      value: others.slice(0, 3).map(short).join('  '),
    }))
  if (Array.isArray(data))
    return data.slice(0, most).map((value, place) => ({ name: String(place), value: short(value) }))
  if (!isJsonObject(data)) return [{ name: '', value: short(data) }]
  return Object.entries(data)
    .slice(0, most)
    .map(([name, value]) => ({ name: name.slice(0, 40), value: short(value) }))
}
