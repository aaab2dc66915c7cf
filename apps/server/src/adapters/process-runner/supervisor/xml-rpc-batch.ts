import { XmlRpcFault, type XmlRpcValue } from './xml-rpc-answer.ts'
import type { XmlRpcParameter } from './xml-rpc.ts'

/** Calls a method. Rejects with {@link XmlRpcFault} if the answer is a fault. */
export type XmlRpcCall = (method: string, parameters: readonly XmlRpcParameter[]) => Promise<XmlRpcValue>

type Waiting = {
  methodName: string
  params: XmlRpcParameter[]
  resolve: (value: XmlRpcValue) => void
  reject: (error: unknown) => void
}

/** The maximum number of calls sent together. The server answers no other client meanwhile. */
const atOnce = 25

/** Returns the fault that an element of the answer represents, or null. */
function faultIn(value: XmlRpcValue): XmlRpcFault | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const { faultCode, faultString } = value
  return faultCode === undefined ? null : new XmlRpcFault(Number(faultCode), String(faultString))
}

/**
 * Sends the calls that are made during another call together, with supervisord's `system.multicall`. Each
 * element of its answer is the value itself or a fault. The calls are carried out in the order in which they
 * were made.
 */
export function batchCalls(call: XmlRpcCall): XmlRpcCall {
  let waiting: Waiting[] = []
  let isBusy = false

  async function send(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch
    if (!first) return
    try {
      if (batch.length === 1) return first.resolve(await call(first.methodName, first.params))
      const calls = batch.map(({ methodName, params }) => ({ methodName, params }))
      const answers = await call('system.multicall', [calls])
      if (!Array.isArray(answers) || answers.length !== batch.length)
        throw new Error('system.multicall did not answer every call')
      for (const [index, one] of batch.entries()) {
        const answer = answers[index] ?? null
        const fault = faultIn(answer)
        if (fault) one.reject(fault)
        else one.resolve(answer)
      }
    } catch (error) {
      for (const one of batch) one.reject(error)
    }
  }

  async function sendAll(): Promise<void> {
    if (isBusy) return
    isBusy = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, atOnce)
      waiting = waiting.slice(atOnce)
      await send(batch)
    }
    isBusy = false
  }

  return (methodName, parameters) =>
    new Promise((resolve, reject) => {
      waiting.push({ methodName, params: [...parameters], resolve, reject })
      void sendAll()
    })
}
