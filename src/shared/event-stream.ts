/** What is told while something is made. `status` alone is no beginning of an answer. */
export interface StreamedEvent {
  type: string;
}

/**
 * Work as server-sent events: those that it tells, then `done` with what it gave. Nothing is answered until the first event
 * that is more than a status: what fails before is thrown, so that the answer has a status that says so; what fails later is
 * told as `error`.
 * @param failed what is told of an error
 */
export async function eventStream(
  work: (tell: (event: StreamedEvent) => void) => Promise<object>,
  failed: (error: unknown) => object,
): Promise<Response> {
  let sink!: ReadableStreamDefaultController<Uint8Array>;
  let gone = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (sink = controller),
    cancel: () => void (gone = true),
  });
  const encoder = new TextEncoder();
  function send(event: string, data: object): void {
    if (!gone) sink.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }
  let opened = false;
  let open = (): void => {};
  const first = new Promise<void>((resolve) => (open = resolve));
  const ended = work((event) => {
    const { type, ...data } = event;
    send(type, data);
    // What is going on may be told before it fails; an answer has begun with its first passage.
    if (type === "status") return;
    opened = true;
    open();
  }).then((answer) => send("done", answer));
  ended
    .catch((error: unknown) => {
      if (opened) send("error", failed(error));
    })
    .finally(() => {
      if (!gone) sink.close();
    });
  await Promise.race([first, ended]);
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
