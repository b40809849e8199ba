// One question to the hub, through the program that serves this page. Nothing is ever changed.

export class HubError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterS?: number,
    // How far the hub has come with figures that it makes from nothing, as after its start: asked again it goes on.
    readonly computing?: { done: number; whole: number },
  ) {
    super(message);
  }
  // Whether asking again later may help.
  get unreachable(): boolean {
    return !this.computing && ["UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"].includes(this.code);
  }
}

interface Kept {
  tag: string;
  answer: unknown;
}
const kept = new Map<string, Kept>();
const kKept = 64;

// The answer; the very same object as last time where nothing has changed. Blocks that ask the same at the same time
// share one request.
const underway = new Map<string, Promise<unknown>>();
export function ask<T>(name: string, question: object = {}): Promise<T> {
  const q = JSON.stringify(question);
  const url = q === "{}" ? `/api/${name}` : `/api/${name}?q=${encodeURIComponent(q)}`;
  let answer = underway.get(url);
  if (!answer) {
    answer = fetchAnswer(url).finally(() => underway.delete(url));
    underway.set(url, answer);
  }
  return answer as Promise<T>;
}

const kAttempts = 4;
const kShortestWaitMs = 250;
const kLongestWaitMs = 3_000;

// A busy hub says when to come back.
async function fetchAnswer(url: string): Promise<unknown> {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await fetchOnce(url);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== "RESOURCE_EXHAUSTED" || attempt === kAttempts) throw error;
      const wait = Math.min(kLongestWaitMs, Math.max(kShortestWaitMs * attempt, (error.retryAfterS ?? 0) * 1000));
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function fetchOnce(url: string): Promise<unknown> {
  const before = kept.get(url);
  let response: Response;
  try {
    response = await fetch(url, {
      cache: "no-store",
      headers: before ? { "If-None-Match": before.tag } : {},
    });
  } catch {
    throw new HubError("UNAVAILABLE", "vervet-dashboard");
  }
  if (response.status === 304 && before) return before.answer;
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw new HubError(response.status === 403 ? "SESSION" : "INTERNAL", `HTTP ${response.status}`);
  }
  if (!response.ok) {
    const error = (answer as { error?: { code: string; message: string } }).error;
    throw new HubError(error?.code ?? "INTERNAL", error?.message ?? `HTTP ${response.status}`, Number(response.headers.get("Retry-After")) || undefined);
  }
  const tag = response.headers.get("ETag");
  if (tag) {
    kept.delete(url);
    kept.set(url, { tag, answer });
    if (kept.size > kKept) kept.delete(kept.keys().next().value!);
  }
  return answer;
}
