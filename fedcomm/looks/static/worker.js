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

// What happened while no page of ours was open. Only what was sent is shown; it leads to a page of ours and nowhere else.
self.addEventListener("push", (event) => {
  const told = event.data?.json();
  if (!told?.title) return;
  event.waitUntil(
    self.registration.showNotification(told.title, { body: told.body, tag: told.tag, icon: "/icons/192.png", data: told.url }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data || "/notifications", self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    (async () => {
      for (const each of await self.clients.matchAll({ type: "window" })) {
        if (each.url === url.href) return each.focus();
      }
      return self.clients.openWindow(url.href);
    })(),
  );
});
