// "Share" hands the address to what the device offers; without that it is copied.
for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share && !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = new URL(button.dataset.share, location.href).href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url });
      else {
        await navigator.clipboard.writeText(url);
        toast(button.dataset.copied);
      }
    } catch (refused) {
      if (refused.name !== "AbortError") throw refused;
    }
  });
}
