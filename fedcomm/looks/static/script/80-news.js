// New replies to a thread are told while its page is open, and put in their place when somebody wants to see them.
{
  const list = document.querySelector("[data-news]");
  const SOON_MS = 15000;
  const LATER_MS = 60000;
  const LONG_MS = 600000;
  const opened = Date.now();
  let told = 0;
  let shown = null;

  async function put() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-news]");
    if (!fresh) return;
    const known = new Set([...list.children].map((each) => each.id));
    let before = null;
    let first = null;
    for (const each of [...fresh.children]) {
      if (known.has(each.id)) {
        before = document.getElementById(each.id);
        continue;
      }
      each.classList.add("is-fresh");
      if (before) before.after(each);
      else list.prepend(each);
      before = each;
      first ??= each;
    }
    document.getElementById("replies").textContent = page.getElementById("replies").textContent;
    list.hidden = false;
    list.dataset.last = fresh.dataset.last;
    first?.scrollIntoView({ block: "center" });
  }

  async function look() {
    let wait = Date.now() - opened < LONG_MS ? SOON_MS : LATER_MS;
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(`${list.dataset.news}?after=${list.dataset.last}`);
        const count = answer.ok ? (await answer.json()).replies : 0;
        if (count && count !== told) {
          shown?.remove();
          const text = count === 1 ? list.dataset.one : list.dataset.many + count;
          shown = toast(text, {
            label: list.dataset.show,
            stays: 0,
            press: () => {
              told = 0;
              put();
            },
          });
        }
        told = count;
      } catch {
        wait = LATER_MS;
      }
    }
    setTimeout(look, wait);
  }

  if (list) setTimeout(look, SOON_MS);
}
