// Follows the facts: the server sends the figures again whenever they may have changed, and the browser reconnects by
// itself. Only what differs is put in, and whoever stands on a number keeps standing on it.

const region = document.querySelector("[data-live]");

if (region) {
  let shown = null;
  const source = new EventSource(region.dataset.live);
  source.addEventListener("figures", (event) => {
    if (event.data === shown) return;
    shown = event.data;
    const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    region.innerHTML = JSON.parse(event.data);
    if (focused) region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  });
  window.addEventListener("pagehide", () => source.close());
}
