// All text from files goes in by textContent, so none of it is ever read as markup or as a formula.
function make(tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const WAIT = 300; // milliseconds without a key before a search starts

function render({ model, el }) {
  el.classList.add("tk-pick");
  const number = (value) => (typeof value === "number" ? value.toLocaleString("en-US") : value);
  const send = (name, value) => { model.set(name, value); model.save_changes(); };

  const top = make("div", { class: "tk-pick-top" });
  const note = make("p", { class: "tk-soft", role: "status" });
  let timer;
  if (model.get("query") !== null) {
    const label = make("label", { class: "tk-search" }, "Search ");
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    input.value = model.get("query");
    const start = () => { clearTimeout(timer); if (input.value !== model.get("query")) send("query", input.value); };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(start, WAIT); });
    input.addEventListener("keydown", (event) => { event.stopPropagation(); if (event.key === "Enter") start(); });
    const follow = () => { if (document.activeElement !== input) input.value = model.get("query") ?? ""; };
    model.on("change:query", follow);
    label.append(input);
    top.append(label);
  }
  top.append(note);
  const scroll = make("div", { class: "tk-scroll", tabindex: "0", role: "region" });
  el.append(top, scroll);

  function head(table) {
    const row = make("tr");
    if (model.get("tickable")) {
      const cell = make("th", { scope: "col", class: "tk-tick" });
      const all = make("input", { type: "checkbox", "aria-label": "Tick all rows shown", "data-key": "all" });
      const ids = model.get("lines").map((line) => line.id);
      all.checked = ids.length > 0 && model.get("ticked").length === ids.length;
      all.addEventListener("change", () => send("ticked", all.checked ? ids : []));
      cell.append(all);
      row.append(cell);
    }
    const [by, way] = model.get("sort");
    for (const column of model.get("columns").filter((one) => !one.note)) {
      const cell = make("th", { scope: "col", class: column.number ? "tk-number" : "" });
      if (by === undefined) {
        cell.textContent = column.name;
      } else {
        const sorted = by === column.name;
        cell.setAttribute("aria-sort", sorted ? (way === "down" ? "descending" : "ascending") : "none");
        const button = make("button", { type: "button", "data-key": "sort " + column.name },
          column.name + (sorted ? (way === "down" ? " ↓" : " ↑") : ""));
        button.addEventListener("click", () => send("sort", [column.name, sorted && way === "up" ? "down" : "up"]));
        cell.append(button);
      }
      row.append(cell);
    }
    table.createTHead().append(row);
  }

  function line(entry) {
    const open = model.get("opened") === entry.id, ticked = model.get("ticked").includes(entry.id);
    const row = make("tr", { class: (open ? "tk-open " : "") + (ticked ? "tk-ticked" : "") });
    const columns = model.get("columns"), label = String(entry.cells[0]);
    if (model.get("tickable")) {
      const cell = make("td", { class: "tk-tick" });
      const box = make("input", { type: "checkbox", "aria-label": "Tick " + label, "data-key": "tick " + entry.id });
      box.checked = ticked;
      box.addEventListener("change", () => {
        const others = model.get("ticked").filter((id) => id !== entry.id);
        send("ticked", box.checked ? [...others, entry.id] : others);
      });
      cell.append(box);
      row.append(cell);
    }
    let cell;
    entry.cells.forEach((value, place) => {
      const column = columns[place];
      if (column.note) {
        if (value) cell.append(make("span", { class: "tk-note" }, value));
        return;
      }
      cell = make(place === 0 ? "th" : "td", { class: column.number ? "tk-number" : "" });
      if (place === 0) cell.setAttribute("scope", "row");
      if (place === 0 && model.get("openable")) {
        const button = make("button", { type: "button", "aria-pressed": String(open), "data-key": "open " + entry.id }, number(value));
        button.addEventListener("click", () => send("opened", open ? "" : entry.id));
        cell.append(button);
      } else {
        cell.append(make("span", {}, number(value)));
      }
      row.append(cell);
    });
    return row;
  }

  function draw() {
    const focus = scroll.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const top = scroll.scrollTop, left = scroll.scrollLeft;
    const table = make("table");
    scroll.setAttribute("aria-label", model.get("caption"));
    table.createCaption().textContent = model.get("caption");
    head(table);
    const body = table.createTBody();
    body.append(...model.get("lines").map(line));
    const nothing = make("p", { class: "tk-soft" }, model.get("empty"));
    scroll.replaceChildren(...(model.get("lines").length ? [table] : [nothing]));
    scroll.scrollTop = top;
    scroll.scrollLeft = left;
    note.textContent = model.get("note");
    if (focus) [...scroll.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focus)?.focus({ preventScroll: true });
  }

  let due = false;
  const soon = () => { // several changes come together: drawn once
    if (due) return;
    due = true;
    queueMicrotask(() => { due = false; draw(); });
  };
  const names = ["caption", "columns", "lines", "ticked", "opened", "sort", "note", "empty"];
  for (const name of names) model.on("change:" + name, soon);
  draw();
  return () => { clearTimeout(timer); for (const name of names) model.off("change:" + name, soon); };
}

export default { render };
