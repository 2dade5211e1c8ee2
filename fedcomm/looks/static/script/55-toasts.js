// Short words at the edge of the window; read out, gone after a while unless there is something to press.
const toast = (text, { label = "", press = null, stays = 6000 } = {}) => {
  let place = document.querySelector(".toasts:not(.standing)");
  if (!place) {
    place = document.createElement("div");
    place.className = "toasts";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const said = document.createElement("div");
  said.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  said.append(words);
  if (label) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      said.remove();
      press();
    });
    said.append(button);
  }
  place.append(said);
  if (stays) setTimeout(() => said.remove(), stays);
  return said;
};
