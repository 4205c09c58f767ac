// What the registry's grids need beyond HTML. Without a script the headings of the grid's columns do the same through
// the server, and forms are accepted once however often they are sent.

const grid = document.querySelector("form.attendance");

function boxesOf(value) {
  return [...grid.querySelectorAll(`input[type="checkbox"][value="${value}"]`)].filter((box) => !box.disabled);
}

function rowOf(box) {
  return [...grid.querySelectorAll(`input[name="${box.name}"]`)];
}

// Whoever is absent was there on no day, and whoever was there is not absent.
function tick(box, on) {
  box.checked = on;
  if (!on) return;
  for (const other of rowOf(box)) {
    if ((box.value === "absent") !== (other.value === "absent")) other.checked = false;
  }
}

if (grid) {
  grid.addEventListener("click", (event) => {
    const heading = event.target.closest('button[name="mark"]');
    if (!heading) return;
    event.preventDefault();
    const boxes = boxesOf(heading.value);
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) tick(box, !all);
  });
  grid.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") tick(event.target, event.target.checked);
  });
  // Arrow keys walk from box to box, as in a sheet.
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || event.target.type !== "checkbox") return;
    const cell = event.target.closest("td");
    const row = grid.querySelectorAll("tbody tr")[cell.parentElement.sectionRowIndex + step[0]];
    const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("input:not(:disabled)");
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

// A second press of a button while the first is on its way would only make somebody wait for the same answer.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
