// All text from files goes in by textContent, so none of it is ever read as markup or as a formula.
function make(tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// A cell's text, or a link of our own rules; an address may be broken in front of its domain.
function text(value, attributes = {}) {
  const span = make("span", attributes);
  if (value?.url) {
    span.append(make("a", { href: value.url, target: "_blank", rel: "noopener noreferrer", "data-key": value.url }, value.text));
    return span;
  }
  const whole = typeof value === "number" ? value.toLocaleString("en-US") : String(value);
  whole.split(/(?=@)/).forEach((part, place) => span.append(...(place ? [make("wbr"), part] : [part])));
  return span;
}

// What is opened is told below the table: that is brought into sight as soon as it is there.
function reveal(section) {
  if (!section) return;
  const seen = new MutationObserver(() => {
    const detail = section.querySelector(".tk-detail");
    if (!detail) return;
    seen.disconnect();
    detail.scrollIntoView({ block: "nearest" });
  });
  seen.observe(section, { childList: true, subtree: true });
  setTimeout(() => seen.disconnect(), 5000);
}

const WAIT = 300; // milliseconds without a key before a search starts

function render({ model, el }) {
  el.classList.add("tk-pick");
  if (model.get("openable")) el.classList.add("tk-openable");
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

  function head() {
    const row = make("tr");
    if (model.get("tickable")) row.append(model.get("all_tickable") ? tickAll() : make("td", { class: "tk-tick" }));
    const [by, way] = model.get("sort");
    for (const column of model.get("columns").filter((one) => !one.note)) {
      const cell = make("th", { scope: "col", class: column.number ? "tk-number" : "" });
      if (by === undefined) {
        cell.textContent = column.name;
      } else {
        const sorted = by === column.name;
        cell.setAttribute("aria-sort", sorted ? (way === "down" ? "descending" : "ascending") : "none");
        const button = make("button", { type: "button", "data-key": "sort " + column.name }, column.name);
        const arrow = sorted ? (way === "down" ? "↓" : "↑") : "↕";
        button.append(make("span", { class: "tk-arrow", "aria-hidden": "true" }, arrow));
        button.addEventListener("click", () => send("sort", [column.name, sorted && way === "up" ? "down" : "up"]));
        cell.append(button);
      }
      row.append(cell);
    }
    return row;
  }

  function tickAll() {
    const cell = make("th", { scope: "col", class: "tk-tick" });
    const box = make("input", { type: "checkbox", "aria-label": "Tick all rows shown", "data-key": "all" });
    const ids = model.get("lines").map((line) => line.id);
    box.checked = ids.length > 0 && model.get("ticked").length === ids.length;
    box.addEventListener("change", () => send("ticked", box.checked ? ids : []));
    cell.append(box);
    return cell;
  }

  function tick(entry, ticked) {
    const cell = make("td", { class: "tk-tick" });
    const box = make("input", { type: "checkbox", "aria-label": "Tick " + entry.cells[0], "data-key": "tick " + entry.id });
    box.checked = ticked;
    box.addEventListener("change", () => {
      const others = model.get("ticked").filter((id) => id !== entry.id);
      send("ticked", box.checked ? [...others, entry.id] : others);
    });
    cell.append(box);
    return cell;
  }

  function line(entry) {
    const open = model.get("opened") === entry.id, ticked = model.get("ticked").includes(entry.id);
    const row = make("tr", { class: (open ? "tk-open " : "") + (ticked ? "tk-ticked" : "") });
    const columns = model.get("columns"), openable = model.get("openable");
    const turn = () => { send("opened", open ? "" : entry.id); if (!open) reveal(el.closest(".tk-section")); };
    if (model.get("tickable")) row.append(tick(entry, ticked));
    let cell;
    entry.cells.forEach((value, place) => {
      const column = columns[place];
      if (column.note) {
        if (value) cell.append(text(value, { class: "tk-note" }));
        return;
      }
      cell = make(place === 0 ? "th" : "td", { class: column.number ? "tk-number" : "" });
      if (place === 0) cell.setAttribute("scope", "row");
      if (place === 0 && openable) {
        const button = make("button", { type: "button", "aria-expanded": String(open), "data-key": "open " + entry.id });
        button.append(text(value));
        button.addEventListener("click", turn);
        cell.append(button);
      } else {
        cell.append(text(value));
      }
      row.append(cell);
    });
    // Anywhere in the line, as people expect of a list; marking text with the mouse is not meant.
    if (openable) row.addEventListener("click", (event) => {
      if (!event.target.closest("button, a, .tk-tick") && document.getSelection().isCollapsed) turn();
    });
    return row;
  }

  function draw() {
    const focus = scroll.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const { scrollTop, scrollLeft } = scroll;
    const table = make("table");
    scroll.setAttribute("aria-label", model.get("caption"));
    table.createCaption().textContent = model.get("caption");
    table.createTHead().append(head());
    table.createTBody().append(...model.get("lines").map(line));
    const nothing = make("p", { class: "tk-soft" }, model.get("empty"));
    scroll.replaceChildren(...(model.get("lines").length ? [table] : [nothing]));
    Object.assign(scroll, { scrollTop, scrollLeft });
    note.textContent = model.get("note");
    const again = [...scroll.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focus);
    if (focus) (again ?? scroll).focus({ preventScroll: true });
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
