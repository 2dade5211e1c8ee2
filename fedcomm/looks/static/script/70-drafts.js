// What somebody writes is kept on their device until it was sent: a lost connection or a closed window costs nothing.
{
  const OLD_MS = 30 * 86400000;
  const SENT = "fedcomm sent";
  const WRITTEN = "input[type=text], input:not([type]), textarea";
  const name = (form) => `fedcomm draft ${form.dataset.draft}`;
  const fields = (form) => [...form.querySelectorAll(WRITTEN)].filter((each) => each.name && each.type !== "hidden");
  const empty = (form) => fields(form).every((each) => !each.value.trim());

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false; // Full, or forbidden: then the words on the page say nothing of being kept.
    }
  }

  // What was sent is forgotten when a page of ours came after it, unless it is the form again with what is wrong.
  const sent = sessionStorage.getItem(SENT);
  if (sent && !document.querySelector("[data-offline]")) {
    const again = [...document.querySelectorAll("form[data-draft]")].find((form) => name(form) === sent);
    if (!again || empty(again)) localStorage.removeItem(sent);
    sessionStorage.removeItem(SENT);
  }
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("fedcomm draft ") && !(read(key)?.at > Date.now() - OLD_MS)) localStorage.removeItem(key);
  }

  for (const form of document.querySelectorAll("form[data-draft]")) {
    const found = form.querySelector("[data-draft-found]");
    const kept = form.querySelector(".kept");
    const left = form.querySelector(".left");
    const key = name(form);
    let waiting = 0;

    const say = () => {
      if (!kept) return;
      kept.hidden = false;
      kept.classList.toggle("is-away", !navigator.onLine);
      kept.querySelector("span").textContent = navigator.onLine ? kept.dataset.kept : kept.dataset.away;
    };
    const keep = () => {
      if (empty(form)) {
        localStorage.removeItem(key);
        if (kept) kept.hidden = true;
      } else if (write(key, { at: Date.now(), values: fields(form).map((each) => [each.name, each.value]) })) say();
    };
    const count = () => {
      const area = form.querySelector("textarea[maxlength]");
      if (!left || !area) return;
      const rest = area.maxLength - area.value.length;
      left.hidden = rest > area.maxLength / 10;
      left.classList.toggle("is-short", rest < 50);
      left.textContent = left.dataset.left.replace("{n}", rest);
    };

    const before = read(key);
    if (before && empty(form) && found) {
      found.hidden = false;
      const when = new Date(before.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      found.querySelector("span").textContent = found.dataset.found.replace("{time}", when);
      found.querySelector("[data-take]").addEventListener("click", () => {
        const seen = {};
        for (const [field, value] of before.values) {
          const place = (seen[field] = (seen[field] ?? -1) + 1);
          const at = fields(form).filter((each) => each.name === field)[place];
          if (at) at.value = value;
        }
        found.hidden = true;
        count();
        form.querySelector("textarea")?.focus();
      });
      found.querySelector("[data-forget]").addEventListener("click", () => {
        localStorage.removeItem(key);
        found.hidden = true;
        form.querySelector("textarea")?.focus();
      });
    }
    form.addEventListener("input", () => {
      count();
      clearTimeout(waiting);
      waiting = setTimeout(keep, 400);
    });
    form.addEventListener("submit", (asked) => {
      keep();
      if (navigator.onLine) sessionStorage.setItem(SENT, key);
      else {
        asked.preventDefault();
        delete form.dataset.sent;
        say();
        if (kept) toast(kept.dataset.away);
      }
    });
    for (const change of ["online", "offline"]) addEventListener(change, () => !empty(form) && say());
    count();
  }
}
