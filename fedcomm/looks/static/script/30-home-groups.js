// A thread is not offered once more to the group that is its home.
{
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
}
