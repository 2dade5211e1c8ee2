// "Copy" beside handles and links: shown only where the browser can do it.
{
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const word = button.querySelector("span");
    const before = word.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      word.textContent = button.dataset.copied;
      button.classList.add("is-copied");
      setTimeout(() => {
        word.textContent = before;
        button.classList.remove("is-copied");
      }, 2000);
    });
  }
}
