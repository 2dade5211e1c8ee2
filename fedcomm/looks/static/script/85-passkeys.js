// Forms with `data-passkey` ask the device first, and are sent with what it answers.
if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const answer = form.elements.namedItem("credential");
    const wrong = form.querySelector("[data-wrong]");
    form.hidden = false;

    const ask = async () => {
      const told = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const options = await told.json();
      if (!told.ok) throw new Error(options.error);
      const made =
        form.dataset.does === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      return JSON.stringify(made.toJSON());
    };

    form.addEventListener("submit", async (sent) => {
      if (answer.value) return;
      sent.preventDefault();
      wrong.hidden = true;
      try {
        answer.value = await ask();
        delete form.dataset.sent;
        form.requestSubmit();
      } catch (refused) {
        delete form.dataset.sent;
        wrong.textContent = refused instanceof DOMException || !refused.message ? form.dataset.refused : refused.message;
        wrong.hidden = false;
      }
    });
  }
}
