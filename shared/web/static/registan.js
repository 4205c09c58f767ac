// What pages need beyond HTML and htmx: a question before something that cannot be taken back, menus that close, parts
// that a sister service knows,
// and the secret of a one-time link, which stays in the fragment of the address and so out of every log.

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A changed filter shows its result at once; the button is for whoever has no script or uses the keyboard.
document.addEventListener("change", (event) => {
  if (event.target.matches("form.filters select")) event.target.form.requestSubmit();
});

// What a sister service says about this page, such as letters that wait. While it does not answer, nothing is shown.
for (const place of document.querySelectorAll("[data-fragment]")) {
  fetch(place.dataset.fragment, { credentials: "include" })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
    .then((part) => { place.innerHTML = part; })
    .catch(() => {});
}

const secret = document.querySelector("input[data-from-fragment]");
if (secret && window.location.hash.length > 1) {
  secret.value = window.location.hash.slice(1);
  secret.closest(".field").hidden = true;
  window.history.replaceState(null, "", window.location.pathname);
}
