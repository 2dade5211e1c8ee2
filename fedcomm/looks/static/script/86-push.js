// "Tell me on this device" asks the browser, and sends where it can be reached with the form.
{
  const form = document.querySelector("form[data-push]");

  async function reached() {
    if ((await Notification.requestPermission()) !== "granted") throw new Error(form.dataset.refused);
    const worker = await navigator.serviceWorker.ready;
    const key = form.dataset.push.replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(key), (each) => each.charCodeAt(0));
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes });
  }

  if (form && "PushManager" in window && "Notification" in window && "serviceWorker" in navigator) {
    const endpoint = form.elements.namedItem("endpoint");
    const wrong = form.querySelector("[data-wrong]");
    form.addEventListener("submit", async (sent) => {
      if (endpoint.value) return;
      sent.preventDefault();
      wrong.hidden = true;
      try {
        const told = (await reached()).toJSON();
        form.elements.namedItem("p256dh").value = told.keys.p256dh;
        form.elements.namedItem("auth").value = told.keys.auth;
        endpoint.value = told.endpoint;
        delete form.dataset.sent;
        form.requestSubmit();
      } catch {
        delete form.dataset.sent;
        wrong.textContent = form.dataset.refused;
        wrong.hidden = false;
      }
    });
  } else if (form) {
    form.hidden = true;
    for (const note of document.querySelectorAll("[data-no-push]")) note.hidden = false;
  }
}
