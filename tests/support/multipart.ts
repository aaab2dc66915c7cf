/** Builds a form with files by their relative names, and fields, as a browser sends it. */
export async function multipart(parts: {
  files?: Record<string, string | Uint8Array<ArrayBuffer>>
  /** One media file for `POST /assets`. */
  media?: { name: string; bytes: Uint8Array<ArrayBuffer> }
  archive?: { name: string; bytes: Uint8Array<ArrayBuffer> }
  fields?: Record<string, string>
}): Promise<{ payload: Buffer; headers: { 'content-type': string } }> {
  const form = new FormData()
  for (const [path, content] of Object.entries(parts.files ?? {}))
    form.append('files', new Blob([content]), path)
  if (parts.media) form.append('file', new Blob([parts.media.bytes]), parts.media.name)
  if (parts.archive) form.append('archive', new Blob([parts.archive.bytes]), parts.archive.name)
  for (const [name, value] of Object.entries(parts.fields ?? {})) form.append(name, value)
  const response = new Response(form)
  return {
    payload: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') ?? '' },
  }
}
