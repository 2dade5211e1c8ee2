// A form is sent once, however often its button is pressed within three seconds.
{
  document.addEventListener("submit", (sent) => {
    const form = sent.target;
    if (form.dataset.sent) sent.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
}
