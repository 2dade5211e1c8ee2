// Without a connection, a page of ours says so.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/worker.js").catch(() => {
    // Not in every browser's private windows; nothing is lost but that page.
  });
}
