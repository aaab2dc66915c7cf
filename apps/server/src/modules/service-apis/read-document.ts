import type { OperationName, ReadDocument } from './document-content.ts'
import { readGradioInfo, type GradioPaths } from './gradio-info.ts'
import { readOpenApi } from './openapi-document.ts'
import { readOperation } from './openapi-operation.ts'

/** What the thread that reads documents is asked. `gradio` if the text is what a Gradio app says of its endpoints. */
export type DocumentRequest = { text: string; named: OperationName | null; gradio?: GradioPaths }

/** Reads a document of outside. Null if it is no OpenAPI 3 document, or not of Gradio if that is asked. Outside of tests it runs in a thread (`document-reader.ts`). */
export function readDocument({ text, named, gradio }: DocumentRequest): ReadDocument | null {
  if (gradio) return readGradioInfo(text, gradio, named)
  const document = readOpenApi(text)
  if (!document) return null
  const { title, operations, total } = document
  return {
    title,
    operations: operations.map(({ method, path, summary }) => ({
      method,
      path,
      summary,
      described_by: 'document',
    })),
    total,
    operation: named && readOperation(document, named),
  }
}
