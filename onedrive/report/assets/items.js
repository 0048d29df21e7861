// Which items match, and in which order. An order is worked out once a column; filtering walks along it.

const ALL = -1;
const NO_FILTER = { text: "", itemClass: ALL, kind: ALL, year: ALL, album: ALL, folder: null };

class ItemFinder {
  constructor(items) {
    this.items = items;
    this.orders = new Map();
    this.sought = null;
  }

  // The numbers of the items that match the filter, sorted by a column ("" is the order of OneDrive's paths).
  find(filter, column, isDescending) {
    const { items } = this;
    const order = this.orderBy(column);
    const inFolder = this.foldersBelow(filter.folder);
    const inAlbum = filter.album === ALL ? null : new Set(items.albums[filter.album][1]);
    const words = folded(filter.text).split(/\s+/).filter(Boolean);
    const sought = words.length ? this.soughtTexts() : null;
    const found = new Int32Array(items.count);
    let count = 0;
    for (let k = 0; k < items.count; k += 1) {
      const i = order[isDescending ? items.count - 1 - k : k];
      if (filter.itemClass !== ALL && items.itemClass[i] !== filter.itemClass) continue;
      if (filter.kind !== ALL && items.kind[i] !== filter.kind) continue;
      if (filter.year !== ALL && yearOf(items, i) !== filter.year) continue;
      if (inAlbum && !inAlbum.has(i)) continue;
      if (inFolder && !inFolder[items.folder[i]]) continue;
      if (sought && !words.every((word) => sought.names[i].includes(word) || sought.folders[items.folder[i]].includes(word))) continue;
      found[count] = i;
      count += 1;
    }
    return found.subarray(0, count);
  }

  soughtTexts() {
    this.sought ??= { names: this.items.names.map(folded), folders: this.items.folders.map(folded) };
    return this.sought;
  }

  foldersBelow(folder) {
    if (folder === null) return null;
    return Uint8Array.from(this.items.folders, (path) => path === folder || path.startsWith(`${folder}/`));
  }

  orderBy(column) {
    if (!this.orders.has(column)) this.orders.set(column, this.makeOrder(column));
    return this.orders.get(column);
  }

  makeOrder(column) {
    const { items } = this;
    const order = Int32Array.from({ length: items.count }, (_, i) => i);
    if (column === "") return order;
    const values = this.sortValues(column);
    return order.sort((a, b) => values[a] - values[b] || a - b);
  }

  // A number for each item that sorts as the column's texts or figures do.
  sortValues(column) {
    const { items } = this;
    if (column === "name") return ranks(this.soughtTexts().names);
    if (column === "folder") {
      const rankOfFolder = ranks(this.soughtTexts().folders);
      return Int32Array.from(items.folder, (folder) => rankOfFolder[folder]);
    }
    return { size: items.size, day: items.day, kind: items.kind, itemClass: items.itemClass }[column];
  }
}

// The place of each text among all in natural order: IMG 2 before IMG 10; equal texts have the same.
function ranks(texts) {
  const keys = texts.map((text) => text.replace(/\d+/g, (digits) => digits.padStart(12, "0")));
  const order = Int32Array.from({ length: keys.length }, (_, i) => i);
  order.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0));
  const rank = new Int32Array(keys.length);
  for (let k = 1, current = 0; k < order.length; k += 1) {
    if (keys[order[k]] !== keys[order[k - 1]]) current += 1;
    rank[order[k]] = current;
  }
  return rank;
}
