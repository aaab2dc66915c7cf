import { withWeightOf, type PredictEvent } from './run-events.ts'

type Mask = (text: string) => string

function masked(event: PredictEvent, mask: Mask): PredictEvent {
  if (event.event === 'completed') {
    const logs = mask(event.data.logs)
    return logs === event.data.logs
      ? event
      : withWeightOf(event, { event: event.event, data: { ...event.data, logs } })
  }
  if (event.event === 'log') {
    const text = mask(event.data.text)
    return text === event.data.text ? event : { event: event.event, data: { ...event.data, text } }
  }
  if (event.event !== 'progress' || typeof event.data.message !== 'string') return event
  const message = mask(event.data.message)
  return message === event.data.message ? event : { event: event.event, data: { ...event.data, message } }
}

/** The events of a run without secrets in what the algorithm prints and says of its progress. Results stay as they are. */
export async function* maskedEvents(
  events: AsyncIterable<PredictEvent>,
  mask: Mask | undefined,
): AsyncGenerator<PredictEvent, void> {
  for await (const event of events) yield mask ? masked(event, mask) : event
}
