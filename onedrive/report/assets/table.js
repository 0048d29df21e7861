// The table of items as an ARIA grid: only the rows that are on the screen exist.

const COLUMNS = [
  ["name", "Name"],
  ["folder", "Folder"],
  ["day", "Day"],
  ["size", "Size"],
  ["kind", "Kind"],
  ["itemClass", "Class"],
];
const SPARE_ROWS = 8; // above and below the screen, so that scrolling shows no gaps
const TALLEST = 8_000_000; // pixels; browsers cannot scroll much further, so more rows share the same way

class ItemTable {
  constructor(items, onSort) {
    this.items = items;
    this.found = new Int32Array(0);
    this.active = 0;
    this.activeColumn = 0;
    this.rows = new Map();
    this.scroller = document.getElementById("table-scroller");
    this.grid = document.getElementById("grid");
    this.body = this.grid.tBodies[0];
    this.spacers = [spacerRow(), spacerRow()];
    this.body.append(...this.spacers);
    this.makeHead(onSort);
    this.scroller.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    new ResizeObserver(() => this.drawSoon()).observe(this.scroller);
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("focusin", (event) => this.onFocus(event));
  }

  makeHead(onSort) {
    this.grid.setAttribute("aria-colcount", COLUMNS.length);
    for (const [column, title] of COLUMNS) {
      const head = document.createElement("th");
      head.scope = "col";
      head.className = column;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.addEventListener("click", () => onSort(column));
      head.append(button);
      this.grid.tHead.rows[0].append(head);
    }
  }

  showSort(column, isDescending) {
    COLUMNS.forEach(([name], k) => {
      const head = this.grid.tHead.rows[0].cells[k];
      if (name === column) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  show(found) {
    this.found = found;
    this.active = 0;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.scroller.scrollTop = 0;
    this.grid.setAttribute("aria-rowcount", found.length + 1);
    this.scroller.querySelector(".empty").hidden = found.length > 0;
    this.draw();
  }

  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  // The height of all rows, and how many rows stand for one row of scrolling (1 unless there are very many).
  measure() {
    const rowHeight = Number.parseFloat(getComputedStyle(this.grid).getPropertyValue("--row"));
    const full = this.found.length * rowHeight;
    const height = Math.min(full, TALLEST);
    const seen = this.scroller.clientHeight - this.grid.tHead.offsetHeight;
    return { rowHeight, height, seen, isSqueezed: full > height };
  }

  firstSeen({ rowHeight, height, seen, isSqueezed }) {
    const top = this.scroller.scrollTop;
    if (!isSqueezed) return Math.floor(top / rowHeight);
    const share = Math.min(1, top / (height - seen));
    return Math.round(share * (this.found.length - Math.floor(seen / rowHeight)));
  }

  draw() {
    if (!this.scroller.clientHeight) return;
    const size = this.measure();
    const seenRows = Math.ceil(size.seen / size.rowHeight);
    const seen = this.firstSeen(size);
    const first = Math.max(0, seen - SPARE_ROWS);
    const last = Math.min(this.found.length, seen + seenRows + SPARE_ROWS);
    // While rows come and go the table stays as tall as it is, or the browser would scroll back.
    this.spacers[1].firstChild.style.height = `${size.height}px`;
    this.keepOnly(first, last);
    for (let k = first; k < last; k += 1) if (!this.rows.has(k)) this.rows.set(k, this.makeRow(k));
    for (let k = first; k < last; k += 1) {
      const next = k + 1 < last && this.rows.get(k + 1).isConnected ? this.rows.get(k + 1) : null;
      const row = this.rows.get(k);
      if (!row.isConnected) this.body.insertBefore(row, next ?? this.spacers[1]);
    }
    const above = size.isSqueezed ? Math.max(0, this.scroller.scrollTop - (seen - first) * size.rowHeight) : first * size.rowHeight;
    const drawn = (last - first) * size.rowHeight;
    this.spacers[0].firstChild.style.height = `${above}px`;
    this.spacers[1].firstChild.style.height = `${Math.max(0, size.height - above - drawn)}px`;
    this.markActive(seen);
  }

  keepOnly(first, last) {
    for (const [k, row] of this.rows) {
      if (k >= first && k < last) continue;
      if (row.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
      row.remove();
      this.rows.delete(k);
    }
  }

  makeRow(k) {
    const { items } = this;
    const i = this.found[k];
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", k + 2);
    row.dataset.k = k;
    const folder = visibleName(items.folders[items.folder[i]] || "/");
    const reason = visibleName(items.reasons[items.reason[i]]);
    const className = items.classes[items.itemClass[i]].name;
    const verified = `verified ${momentText(items.moments[items.moment[i]])}`;
    const under = [folder, dayText(items.day[i]), sizeText(items.size[i])].filter(Boolean).join(" · ");
    row.append(
      cell("name", linkTo(items, i), note(under, "narrow")),
      cell("folder", isolated(folder)),
      cell("day", dayText(items.day[i])),
      cell("size", sizeText(items.size[i])),
      cell("kind", items.kinds[items.kind[i]]),
      cell("itemClass", swatch(items.itemClass[i]), className, note(reason || verified)),
    );
    row.cells[1].title = folder;
    row.cells[5].title = [className, reason, verified].filter(Boolean).join(" · ");
    return row;
  }

  // One cell of the grid is in the order of the Tab key: the active one, or the first on the screen.
  markActive(firstSeen) {
    for (const element of this.body.querySelectorAll('[tabindex="0"]')) element.tabIndex = -1;
    if (!this.rows.has(this.active)) this.active = Math.min(firstSeen, Math.max(0, this.found.length - 1));
    const target = this.targetOf(this.active, this.activeColumn);
    if (target) target.tabIndex = 0;
  }

  targetOf(k, column) {
    const active = this.rows.get(k)?.cells[column];
    return active?.querySelector("a") ?? active;
  }

  onFocus(event) {
    const focused = event.target.closest("td");
    if (!focused) return;
    this.active = Number(focused.parentElement.dataset.k);
    this.activeColumn = focused.cellIndex;
  }

  onKey(event) {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    const page = Math.max(1, Math.floor(this.measure().seen / this.measure().rowHeight) - 1);
    const last = this.found.length - 1;
    const shown = COLUMNS.map((_, k) => k).filter((k) => this.grid.tHead.rows[0].cells[k].offsetWidth > 0);
    const here = shown.indexOf(this.activeColumn);
    const moves = {
      ArrowDown: () => [this.active + 1, this.activeColumn],
      ArrowUp: () => [this.active - 1, this.activeColumn],
      PageDown: () => [this.active + page, this.activeColumn],
      PageUp: () => [this.active - page, this.activeColumn],
      ArrowRight: () => [this.active, shown[Math.min(here + 1, shown.length - 1)]],
      ArrowLeft: () => [this.active, shown[Math.max(here - 1, 0)]],
      Home: () => [event.ctrlKey ? 0 : this.active, shown[0]],
      End: () => [event.ctrlKey ? last : this.active, shown[shown.length - 1]],
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    const [k, column] = moves[event.key]();
    this.focusCell(Math.min(last, Math.max(0, k)), column);
  }

  focusCell(k, column) {
    const size = this.measure();
    const seenRows = Math.floor(size.seen / size.rowHeight);
    const first = this.firstSeen(size);
    if (k < first || k >= first + seenRows - 1) {
      const wanted = Math.max(0, k < first ? k : k - seenRows + 1);
      const share = wanted / Math.max(1, this.found.length - seenRows);
      this.scroller.scrollTop = size.isSqueezed ? share * (size.height - size.seen) : wanted * size.rowHeight;
    }
    this.active = k;
    this.activeColumn = column;
    this.draw();
    this.targetOf(k, column)?.focus({ preventScroll: true });
  }
}

function spacerRow() {
  const row = document.createElement("tr");
  row.className = "spacer";
  row.setAttribute("aria-hidden", "true");
  const filling = document.createElement("td");
  row.append(filling);
  return row;
}

function cell(name, ...content) {
  const made = document.createElement("td");
  made.className = name;
  made.tabIndex = -1;
  made.append(...content);
  return made;
}

function note(text, extra = "") {
  const made = document.createElement("small");
  made.className = extra;
  made.textContent = text;
  return made;
}

function isolated(text) {
  const made = document.createElement("bdi");
  made.textContent = text;
  return made;
}

function swatch(number) {
  const made = document.createElement("span");
  made.className = `swatch c${number}`;
  made.setAttribute("aria-hidden", "true");
  return made;
}

function linkTo(items, i) {
  const name = visibleName(items.names[i]);
  const address = addressOf(items, i);
  if (!address) return isolated(name);
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.tabIndex = -1;
  link.title = name;
  link.append(isolated(name));
  return link;
}
