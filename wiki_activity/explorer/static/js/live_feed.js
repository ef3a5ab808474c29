// The connection to the live stream: it goes on where it broke off, and asks now and then where no stream can be had.

const LONGEST_PAUSE = 30_000;
const POLL_EVERY = 5_000;

export class Feed {
  // `handlers`: snapshot, point, episode, blind, all (a whole answer of the API), lost, found.
  constructor(project, newestMinute, handlers) {
    this.project = project;
    this.newest = newestMinute;
    this.handlers = handlers;
    this.pause = 1_000;
    this.connect();
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  connect() {
    this.close();
    const address = new URL("/api/v1/live/stream", location.href);
    if (this.project !== null) address.searchParams.set("project", this.project);
    if (this.newest !== null) address.searchParams.set("since", String(this.newest));
    this.source = new EventSource(address);
    this.source.onopen = () => {
      this.pause = 1_000;
      clearInterval(this.polling);
      this.polling = undefined;
    };
    this.source.onerror = () => this.lose();
    for (const name of ["snapshot", "point", "episode", "blind"]) {
      this.source.addEventListener(name, (event) => {
        if (event.lastEventId) this.newest = Number(event.lastEventId);
        this.handlers[name](JSON.parse(event.data));
        if (name === "snapshot") this.handlers.found();
      });
    }
  }

  lose() {
    this.handlers.lost();
    // Connecting again is left to us, so that `since` names the newest minute and a refusal is no end.
    this.source.close();
    clearTimeout(this.again);
    this.again = setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    if (this.pause > 8_000 && this.polling === undefined) this.polling = setInterval(() => this.poll(), POLL_EVERY);
  }

  async poll() {
    const address = new URL(this.project === null ? "/api/v1/live" : `/api/v1/live/${this.project}`, location.href);
    if (this.newest !== null) address.searchParams.set("since", String(this.newest));
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(POLL_EVERY) });
      if (!answer.ok) return;
      const live = await answer.json();
      this.newest = live.newest_minute;
      this.handlers.all(live);
    } catch {
      // The next poll, or the next connection, may have more luck; the page says already that there is none.
    }
  }

  close() {
    this.source?.close();
    clearTimeout(this.again);
    clearInterval(this.polling);
    this.polling = undefined;
  }
}
