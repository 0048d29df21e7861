// Filters, tabs and links: what the person chooses, and who is told about it.

const TYPING_PAUSE = 90; // milliseconds, so that a word is sought once and not letter by letter

class Page {
  constructor() {
    this.items = readItems();
    this.finder = new ItemFinder(this.items);
    this.filter = { ...NO_FILTER };
    this.column = "";
    this.isDescending = false;
    this.isGallery = false;
    this.element = (name) => document.getElementById(name);
    this.element("explorer").hidden = false;
    this.table = new ItemTable(this.items, (column) => this.sortBy(column));
    this.gallery = new Gallery(this.items);
    this.folders = new FolderChoice(this.items, this.element("filter-folder"));
    this.fillChoices();
    this.listen();
    this.refresh();
  }

  fillChoices() {
    const { items } = this;
    const years = countBy(items, (i) => yearOf(items, i));
    const order = [...years.keys()].sort((a, b) => b - a);
    fill(this.element("filter-class"), "All classes", countBy(items, (i) => items.itemClass[i]), (k) => items.classes[k].name);
    fill(this.element("filter-kind"), "All kinds", countBy(items, (i) => items.kind[i]), (k) => items.kinds[k]);
    const files = new Map(items.albums.map(([, rows], k) => [k, rows.length]));
    fill(this.element("filter-album"), "All albums, and none", files, (k) => visibleName(items.albums[k][0]));
    this.element("album-choice").hidden = !items.albums.length;
    fill(this.element("filter-year"), "All years", new Map(order.map((year) => [year, years.get(year)])), (year) => year || "no date");
  }

  listen() {
    const on = (name, type, act) => this.element(name).addEventListener(type, act);
    on("filter-text", "input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.setFilter({ text: this.element("filter-text").value }), TYPING_PAUSE);
    });
    on("filter-class", "change", (event) => this.setFilter({ itemClass: Number(event.target.value) }));
    on("filter-kind", "change", (event) => this.setFilter({ kind: Number(event.target.value) }));
    on("filter-year", "change", (event) => this.setFilter({ year: Number(event.target.value) }));
    on("filter-album", "change", (event) => this.setFilter({ album: Number(event.target.value) }));
    on("filter-folder", "change", () => this.setFilter({ folder: this.folders.chosen() }));
    on("filters", "submit", (event) => event.preventDefault());
    on("filters", "reset", (event) => {
      event.preventDefault();
      this.setFilter({ ...NO_FILTER });
    });
    for (const name of ["tab-table", "tab-gallery"]) {
      on(name, "click", () => this.showTab(name));
      on(name, "keydown", (event) => this.onTabKey(event));
    }
    document.addEventListener("click", (event) => this.onLink(event));
  }

  setFilter(change) {
    clearTimeout(this.typing);
    Object.assign(this.filter, change);
    const { text, itemClass, kind, year, album, folder } = this.filter;
    if (this.element("filter-text").value !== text) this.element("filter-text").value = text;
    this.element("filter-class").value = itemClass;
    this.element("filter-kind").value = kind;
    this.element("filter-year").value = year;
    this.element("filter-album").value = album;
    this.folders.choose(folder);
    this.refresh();
  }

  sortBy(column) {
    // A third press goes back to the order of OneDrive's paths.
    if (this.column !== column) [this.column, this.isDescending] = [column, false];
    else if (!this.isDescending) this.isDescending = true;
    else [this.column, this.isDescending] = ["", false];
    this.table.showSort(this.column, this.isDescending);
    this.refresh();
  }

  refresh() {
    const found = this.finder.find(this.filter, this.column, this.isDescending);
    const bytes = found.reduce((sum, i) => sum + this.items.size[i], 0);
    const matches = `${countFormat.format(found.length)} of ${countText(this.items.count, "item", "items")}, ${sizeText(bytes)}`;
    if (this.isGallery) {
      const shown = this.gallery.show(found, this.items.albums[this.filter.album]);
      this.element("matches").textContent = `${shown} among ${countText(found.length, "matching item", "matching items")}`;
    } else {
      this.table.show(found);
      this.element("matches").textContent = matches;
    }
  }

  showTab(name) {
    this.isGallery = name === "tab-gallery";
    for (const tab of ["tab-table", "tab-gallery"]) {
      this.element(tab).setAttribute("aria-selected", String(tab === name));
      this.element(tab).tabIndex = tab === name ? 0 : -1;
    }
    this.element("table-panel").hidden = this.isGallery;
    this.element("gallery-panel").hidden = !this.isGallery;
    if (!this.isGallery) this.element("jump").hidden = true;
    this.refresh();
  }

  onTabKey(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const other = this.isGallery ? "tab-table" : "tab-gallery";
    this.showTab(other);
    this.element(other).focus();
  }

  // A class, kind or year named further up leads to its items in the table, an album to its pictures; these have a link
  // of their own too.
  onLink(event) {
    const link = event.target.closest("a[data-tab], a[data-class], a[data-kind], a[data-year], a[data-album]");
    if (!link) return;
    if (link.dataset.tab) {
      this.showTab(`tab-${link.dataset.tab}`);
      return;
    }
    const { class: itemClass, kind, year, album } = link.dataset;
    if (this.isGallery === (album === undefined)) this.showTab(album === undefined ? "tab-table" : "tab-gallery");
    this.setFilter({
      ...NO_FILTER,
      itemClass: itemClass === undefined ? ALL : Number(itemClass),
      kind: kind === undefined ? ALL : Number(kind),
      year: year === undefined ? ALL : Number(year) || 0,
      album: album === undefined ? ALL : Number(album),
    });
  }
}

// The folder filter: a list of what is in the chosen folder, and of the ways back up.
class FolderChoice {
  constructor(items, select) {
    this.select = select;
    this.counts = new Map();
    for (let i = 0; i < items.count; i += 1) {
      const path = items.folders[items.folder[i]];
      this.counts.set(path, (this.counts.get(path) || 0) + 1);
    }
    this.choose(null);
  }

  chosen() {
    return this.select.selectedOptions[0].folder;
  }

  choose(folder) {
    const options = [folderOption("All folders", null)];
    const parts = folder ? folder.split("/").slice(1) : [];
    parts.forEach((part, k) => options.push(folderOption(`${indent(k + 1)}${visibleName(part)}`, `/${parts.slice(0, k + 1).join("/")}`)));
    options[options.length - 1].selected = true;
    for (const [child, count] of this.children(folder ?? "")) {
      options.push(folderOption(`${indent(parts.length + 1)}${visibleName(child)} (${countFormat.format(count)})`, `${folder ?? ""}/${child}`));
    }
    this.select.replaceChildren(...options);
  }

  children(folder) {
    const counts = new Map();
    for (const [path, count] of this.counts) {
      if (!path.startsWith(`${folder}/`)) continue;
      const rest = path.slice(folder.length + 1);
      const child = rest.split("/", 1)[0];
      counts.set(child, (counts.get(child) || 0) + count);
    }
    return [...counts].sort(([a], [b]) => (folded(a) < folded(b) ? -1 : 1));
  }
}

function folderOption(text, folder) {
  const option = new Option(text);
  option.folder = folder;
  return option;
}

function indent(depth) {
  return "\u2003".repeat(depth - 1);
}

function countBy(items, value) {
  const counts = new Map();
  for (let i = 0; i < items.count; i += 1) counts.set(value(i), (counts.get(value(i)) || 0) + 1);
  return counts;
}

function fill(select, all, counts, name) {
  const order = select.id === "filter-year" ? [...counts] : [...counts].sort(([a], [b]) => a - b);
  const options = order.map(([value, count]) => new Option(`${name(value)} (${countFormat.format(count)})`, value));
  select.replaceChildren(new Option(all, ALL), ...options);
}

const page = new Page();
