"use strict";
// The embedded rows as columns: 100,000 items are a few typed arrays instead of as many objects.

const PLACE_AS_ON_ONEDRIVE = 0;
const PLACE_NONE = 1;
const PICTURE_NONE = 1;

function embedded(id) {
  const element = document.getElementById(id);
  const value = JSON.parse(element.textContent);
  element.remove(); // the text is as large as what was made of it
  return value;
}

function readItems() {
  const groups = embedded("rows");
  const count = groups.reduce((sum, [, rows]) => sum + rows.length, 0);
  const items = {
    count,
    ...embedded("facts"),
    ...embedded("words"),
    folders: [],
    names: new Array(count),
    folder: new Int32Array(count),
    size: new Float64Array(count),
    itemClass: new Uint8Array(count),
    kind: new Uint8Array(count),
    day: new Int32Array(count),
    moment: new Int32Array(count),
    reason: new Int32Array(count),
    place: new Array(count),
    picture: new Array(count),
  };
  const numbers = new Map();
  let i = 0;
  for (const [path, rows] of groups) {
    if (!numbers.has(path)) numbers.set(path, items.folders.push(path) - 1);
    const folder = numbers.get(path);
    for (const row of rows) {
      items.names[i] = row[0];
      items.folder[i] = folder;
      items.size[i] = row[1] || 0;
      items.itemClass[i] = row[2] || 0;
      items.kind[i] = row[3] || 0;
      items.day[i] = row[4] || 0;
      items.moment[i] = row[5] || 0;
      items.reason[i] = row[6] || 0;
      items.place[i] = row[7] || PLACE_AS_ON_ONEDRIVE;
      items.picture[i] = row[8] || "";
      i += 1;
    }
  }
  return items;
}

// Where the item's file is, as an address; "" when it is not here.
function addressOf(items, i) {
  const place = items.place[i];
  if (place === PLACE_NONE) return "";
  const path = place === PLACE_AS_ON_ONEDRIVE ? `${items.folders[items.folder[i]]}/${items.names[i]}`.slice(1) : place;
  return items.base + path.split("/").map(encodeName).join("/");
}

// Where a small picture of it is, beside the report; "" when there is none.
function pictureOf(items, i) {
  return items.picture[i].length ? `${items.pictures}${items.picture[i]}.jpg` : "";
}

function yearOf(items, i) {
  return Math.floor(items.day[i] / 10000);
}
