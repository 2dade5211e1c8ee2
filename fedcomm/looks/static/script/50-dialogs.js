// What `data-dialog` names is shown above the page; without script the link leads to a page that says the same.
{
  document.addEventListener("click", (pressed) => {
    const opener = pressed.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog instanceof HTMLDialogElement) {
      pressed.preventDefault();
      dialog.showModal();
    }
  });
  for (const opener of document.querySelectorAll("[data-dialog][hidden]")) opener.hidden = false;
}
