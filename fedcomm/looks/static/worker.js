// Without a connection, pages say so instead of the browser. Nothing that belongs to somebody is ever kept here.
const KEPT = __KEPT__;
const STORE = `fedcomm ${KEPT.join(" ")}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const store = await caches.open(STORE);
      await Promise.all(
        KEPT.map(async (path) => {
          const answer = await fetch(path, { credentials: "omit" });
          if (answer.ok) await store.put(path, answer);
        }),
      );
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("fedcomm ") && name !== STORE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (asked.method !== "GET") return;
  const path = new URL(asked.url).pathname;
  if (asked.mode === "navigate") {
    event.respondWith(fetch(asked).catch(async () => (await caches.match("/offline")) || Response.error()));
  } else if (path.startsWith("/static/") && KEPT.includes(path)) {
    event.respondWith((async () => (await caches.match(path)) || fetch(asked))());
  }
});
