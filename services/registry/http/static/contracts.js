// The catalogue's search: leaves only what has the words in it. Without script everything is shown.
for (const box of document.querySelectorAll("input[data-narrows]")) {
  box.closest("[hidden]")?.removeAttribute("hidden");
  const rows = document.querySelectorAll(box.dataset.narrows);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}
