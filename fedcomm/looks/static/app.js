// Small comforts. Everything on the pages works without this file.

// "Copy" beside handles and links: shown only where the browser can do it.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const word = button.querySelector("span");
  const before = word.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    word.textContent = button.dataset.copied;
    setTimeout(() => (word.textContent = before), 2000);
  });
}

// A form is sent once, however often its button is pressed within three seconds.
document.addEventListener("submit", (sent) => {
  const form = sent.target;
  if (form.dataset.sent) sent.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
});

// A thread is not offered once more to the group that is its home.
const homes = document.querySelectorAll("input[name=group]");
function hideHome() {
  for (const box of document.querySelectorAll("input[name=carry]")) {
    const isHome = [...homes].some((home) => home.checked && home.value === box.value);
    if (isHome) box.checked = false;
    box.closest("label").hidden = isHome;
  }
}
for (const home of homes) home.addEventListener("change", hideHome);
hideHome();

// Times are shown in the zone of the browser to those who have not chosen one.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `fedcomm_zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// The errors of a form are read out and scrolled to.
document.getElementById("errors")?.focus();
