import { createHmac, randomUUID } from "node:crypto";
import { githubLimits } from "./github-limits.ts";
import { isoSeconds } from "./state.ts";

export interface Delivery {
  id: number;
  /** The X-GitHub-Delivery header; a redelivery carries the same one. */
  guid: string;
  event: string;
  action: string | null;
  payload: Record<string, unknown>;
  redelivery: boolean;
  deliveredAt: string;
  /** Seconds until the answer, as GitHub reports it. */
  duration: number;
  /** "OK", or why it failed; "pending" until the receiver has answered. */
  status: string;
  statusCode: number;
  installationId: number | null;
  repositoryId: number | null;
}

export interface WebhookSenderOptions {
  secret: string;
  appId: number;
  newId: () => number;
  now: () => number;
  timeoutMs?: number;
}

/** Sends webhooks as GitHub does: signed, once, never repeated by itself. */
export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  readonly #options: WebhookSenderOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #url: string | null = null;
  #held: Delivery[] | null = null;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  get url(): string | null {
    return this.#url;
  }

  get secret(): string {
    return this.#options.secret;
  }

  /** Where webhooks go; null stops them, as an App without a webhook. */
  setUrl(url: string | null): void {
    this.#url = url;
  }

  /** Sends an event, or keeps it while deliveries are held. Null where there is nowhere to send it. */
  emit(event: string, payload: Record<string, unknown>): Delivery | null {
    if (!this.#url) return null;
    const delivery = this.#newDelivery(event, payload, randomUUID(), false);
    if (this.#held) this.#held.push(delivery);
    else void this.#start(delivery);
    return delivery;
  }

  /** Sends the payload of an earlier delivery again, with the same GUID. */
  async redeliver(id: number): Promise<Delivery> {
    const earlier = this.deliveries.find((delivery) => delivery.id === id);
    if (!earlier) throw new Error(`there is no delivery ${id}`);
    const delivery = this.#newDelivery(earlier.event, earlier.payload, earlier.guid, true);
    await this.#start(delivery);
    return delivery;
  }

  /** Keeps every delivery from now on until `flush`. */
  hold(): void {
    this.#held ??= [];
  }

  /**
   * Sends what was held, one after the other, in the order that `arrange` returns: it may reorder, repeat and drop.
   * Deliveries are no longer held afterwards.
   */
  async flush(arrange: (held: Delivery[]) => Delivery[] = (held) => held): Promise<void> {
    const held = this.#held ?? [];
    this.#held = null;
    for (const delivery of arrange(held)) await this.#start(delivery);
  }

  /** Resolves once no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #newDelivery(event: string, payload: Record<string, unknown>, guid: string, redelivery: boolean): Delivery {
    const delivery: Delivery = {
      id: this.#options.newId(),
      guid,
      event,
      action: typeof payload["action"] === "string" ? payload["action"] : null,
      payload,
      redelivery,
      deliveredAt: isoSeconds(this.#options.now()),
      duration: 0,
      status: "pending",
      statusCode: 0,
      installationId: idOf(payload["installation"]),
      repositoryId: idOf(payload["repository"]),
    };
    this.deliveries.push(delivery);
    return delivery;
  }

  #start(delivery: Delivery): Promise<void> {
    const sent = this.#send(delivery).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
    return sent;
  }

  async #send(delivery: Delivery): Promise<void> {
    const body = JSON.stringify(delivery.payload);
    const started = performance.now();
    try {
      const response = await fetch(this.#url ?? "", {
        method: "POST",
        headers: this.#headers(delivery, body),
        body,
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? githubLimits.webhookTimeoutMs),
      });
      await response.arrayBuffer();
      delivery.statusCode = response.status;
      delivery.status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
    } catch (error) {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      delivery.statusCode = timedOut ? 504 : 502;
      delivery.status = timedOut ? "timed out" : "failed to connect to host";
    }
    delivery.duration = Math.round(performance.now() - started) / 1000;
  }

  #headers(delivery: Delivery, body: string): Record<string, string> {
    return {
      accept: "*/*",
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/local",
      "x-github-delivery": delivery.guid,
      "x-github-event": delivery.event,
      "x-github-hook-id": "1",
      "x-github-hook-installation-target-id": String(this.#options.appId),
      "x-github-hook-installation-target-type": "integration",
      "x-hub-signature-256": `sha256=${createHmac("sha256", this.#options.secret).update(body).digest("hex")}`,
    };
  }
}

function idOf(value: unknown): number | null {
  const id = (value as { id?: unknown } | undefined)?.id;
  return typeof id === "number" ? id : null;
}
