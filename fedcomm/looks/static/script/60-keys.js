// Keys for those who like them; "?" shows which. Never while somebody types, and never with Ctrl, Alt or Cmd.
{
  const PLACES = { h: "/home", g: "/groups", n: "/notifications", m: "/messages", c: "/compose" };
  const THINGS = ".threads > li, .replies > li, .notices > li, .entries > li, .group-card";
  let goes = false;

  const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);

  function step(by) {
    const things = [...document.querySelectorAll(THINGS)].filter((each) => each.checkVisibility());
    if (!things.length) return;
    const now = things.findIndex((each) => each.contains(document.activeElement));
    const next = things[Math.max(0, Math.min(things.length - 1, now < 0 ? (by > 0 ? 0 : things.length - 1) : now + by))];
    next.tabIndex = -1;
    next.focus({ focusVisible: true });
    next.scrollIntoView({ block: "nearest" });
  }

  const current = () => document.activeElement?.closest(THINGS);

  const DONE = {
    j: () => step(1),
    k: () => step(-1),
    o: () => (current()?.querySelector(".title a, .byline .meta a") || current()?.querySelector("a"))?.click(),
    l: () => current()?.querySelector('button[aria-pressed]')?.click(),
    r: () => (current()?.querySelector('a[href*="reply_to="]') || document.querySelector('a[href="#reply"]'))?.click(),
    "/": () => (location.href = "/search"),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (pressed) => {
    if (pressed.ctrlKey || pressed.altKey || pressed.metaKey || typing(pressed.target)) return;
    if (!document.getElementById("keys") || document.querySelector("dialog:modal")) return;
    if (goes) {
      goes = false;
      if (pressed.key in PLACES) location.href = PLACES[pressed.key];
      return;
    }
    if (pressed.key === "g") goes = true;
    else if (pressed.key === "c") location.href = PLACES.c;
    else if (pressed.key in DONE) {
      pressed.preventDefault();
      DONE[pressed.key]();
    }
  });
}
