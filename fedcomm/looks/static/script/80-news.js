// What is new in an open thread or group is told, and put in its place when somebody wants to see it: nothing moves before.
{
  const place = document.querySelector("[data-live], [data-news]");
  const SOON_MS = 15000;
  const LATER_MS = 60000;
  const LONG_MS = 600000;
  const AWAY_MS = 30000;
  const opened = Date.now();
  const fresh = new Set();
  let shown = null;
  let source = null;
  let last = place?.dataset.last || "";
  let away = 0;
  let missed = 0;

  const here = (id) => document.getElementById(`p${id}`);

  function tell() {
    const count = missed + fresh.size;
    if (!count) {
      shown?.remove();
      shown = null;
      return;
    }
    const text = count === 1 ? place.dataset.one : place.dataset.many + count;
    if (shown) shown.querySelector("span").textContent = text;
    else shown = toast(text, { label: place.dataset.show, stays: 0, press: put });
  }

  async function put() {
    shown = null;
    const newest = [...fresh].at(-1);
    fresh.clear();
    missed = 0;
    if (!("news" in place.dataset)) return location.assign(location.pathname);
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("[data-news]");
    if (!found) return;
    let before = null;
    let first = null;
    for (const each of [...found.children]) {
      const there = document.getElementById(each.id);
      if (!there) {
        each.classList.add("is-fresh");
        if (before) before.after(each);
        else place.prepend(each);
        first ??= each;
      }
      before = there ?? each;
    }
    if (!first && newest) return location.assign(`${location.pathname}?at=${newest}#p${newest}`);
    document.getElementById("replies").textContent = page.getElementById("replies").textContent;
    place.hidden = false;
    place.dataset.last = found.dataset.last;
    first?.scrollIntoView({ block: "center" });
  }

  async function ask() {
    const answer = await fetch(`${place.dataset.news}?after=${place.dataset.last}`);
    if (!answer.ok) return;
    fresh.clear();
    missed = (await answer.json()).replies;
    tell();
  }

  // Asked again and again by visitors, and where the stream does not come through.
  async function look() {
    let wait = Date.now() - opened < LONG_MS ? SOON_MS : LATER_MS;
    try {
      if (document.visibilityState === "visible") await ask();
    } catch {
      wait = LATER_MS;
    }
    setTimeout(look, wait);
  }

  const hear = (name, does) =>
    source.addEventListener(name, (event) => {
      last = event.lastEventId || last;
      does(event.data);
      tell();
    });

  function listen() {
    source = new EventSource(place.dataset.live + (last ? `&since=${last}` : ""));
    hear("fresh", (id) => here(id) || fresh.add(id));
    hear("gone", (id) => fresh.delete(id));
    hear("gap", () => "news" in place.dataset && ask().catch(() => {}));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      if ("news" in place.dataset) setTimeout(look, SOON_MS);
    });
  }

  // A window that nobody looks at keeps no connection: browsers have few of them for one place.
  function watch() {
    clearTimeout(away);
    if (document.visibilityState === "visible") {
      if (!source) listen();
    } else {
      away = setTimeout(() => {
        source?.close();
        source = null;
      }, AWAY_MS);
    }
  }

  if (place?.dataset.live) {
    listen();
    document.addEventListener("visibilitychange", watch);
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => event.persisted && listen());
  } else if (place) setTimeout(look, SOON_MS);
}
