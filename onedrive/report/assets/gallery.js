// The pictures by year and folder, those of an album in its own order: lines of tiles, of which only those on the screen exist.

const YEAR_HEIGHT = 64;
const FOLDER_HEIGHT = 44;
const TILE_GAP = 14;
const CAPTION_HEIGHT = 30;
const NARROWEST_TILE = 148;
const TALLEST_GALLERY = 12_000_000; // pixels; what would come after is reached by choosing a year

class Gallery {
  constructor(items) {
    this.items = items;
    this.lines = [];
    this.pictures = [];
    this.drawn = new Map();
    this.active = 0;
    this.scroller = document.getElementById("gallery");
    this.canvas = this.scroller.querySelector(".canvas");
    this.playSign = document.getElementById("play-sign").content;
    this.photos = items.kinds.indexOf("photos");
    this.videos = items.kinds.indexOf("videos");
    this.shownByBrowsers = new Set(items.shownByBrowsers);
    this.faceless = document.getElementById("faceless");
    this.jump = document.getElementById("jump-year");
    // A picture is read from the disk only when its tile is about to be seen.
    this.watcher = new IntersectionObserver((entries) => entries.forEach(loadWhenSeen), { root: this.scroller, rootMargin: "240px" });
    this.scroller.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    this.canvas.addEventListener("keydown", (event) => this.onKey(event));
    this.canvas.addEventListener("focusin", (event) => this.onFocus(event));
    this.jump.addEventListener("change", () => this.goToYear(Number(this.jump.value)));
    new ResizeObserver(() => this.layOut()).observe(this.scroller);
  }

  // Takes the found items, and the album whose they are (name, its items in order, cover) where one is chosen; of those
  // that are here, the pictures, the videos and what has a small picture are shown.
  show(found, album) {
    const { items } = this;
    this.album = album;
    this.rankOfFolder ??= ranks(items.folders.map(folded));
    const { rankOfFolder } = this;
    this.pictures = found.filter((i) => (this.isPictureOrVideo(i) || pictureOf(items, i)) && items.place[i] !== PLACE_NONE);
    this.sayFaceless();
    const rankInAlbum = album && new Map(album[1].map((i, rank) => [i, rank]));
    this.pictures.sort(
      (a, b) =>
        (album && rankInAlbum.get(a) - rankInAlbum.get(b)) ||
        yearOf(items, b) - yearOf(items, a) ||
        rankOfFolder[items.folder[a]] - rankOfFolder[items.folder[b]] ||
        items.day[a] - items.day[b] ||
        a - b,
    );
    this.active = 0;
    this.width = 0;
    this.scroller.scrollTop = 0;
    this.scroller.querySelector(".empty").hidden = this.pictures.length > 0;
    this.layOut();
    const shown = this.pictures.length;
    const isMixed = this.pictures.some((i) => !this.isPictureOrVideo(i));
    return isMixed ? countText(shown, "picture, video or document", "pictures, videos and documents") : countText(shown, "picture or video", "pictures and videos");
  }

  isPictureOrVideo(i) {
    return this.items.kind[i] === this.photos || this.items.kind[i] === this.videos;
  }

  // Whether the file itself can be shown.
  isShown(i) {
    return this.items.kind[i] !== this.videos && this.shownByBrowsers.has(extensionOf(this.items.names[i]));
  }

  // How many tiles could have a small picture, and how one gets them.
  sayFaceless() {
    const count = this.pictures.reduce((sum, i) => sum + (!this.items.picture[i] && !this.isShown(i)), 0);
    this.faceless.hidden = !count;
    this.faceless.firstChild.textContent = countText(count, "of them has a form", "of them have a form");
  }

  // Cuts the pictures into lines: a heading a year, a heading a folder, and tiles side by side; of an album tiles alone.
  layOut() {
    const width = this.canvas.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    this.columns = Math.max(2, Math.floor((width + TILE_GAP) / (NARROWEST_TILE + TILE_GAP)));
    this.tile = Math.floor((width - (this.columns - 1) * TILE_GAP) / this.columns);
    this.clear();
    this.lines = this.makeLines();
    const last = this.lines[this.lines.length - 1];
    this.canvas.style.height = `${last ? last.top + last.height : 0}px`;
    this.fillJump();
    this.draw();
  }

  makeLines() {
    const yearHere = (i) => (this.album ? null : yearOf(this.items, i));
    const folderHere = (i) => (this.album ? null : this.items.folder[i]);
    const lines = [];
    let top = this.album ? TILE_GAP : 0; // where no heading keeps the tiles off the frame
    let year = null;
    let folder = null;
    const add = (line) => {
      lines.push({ ...line, top });
      top += line.height;
    };
    for (let k = 0; k < this.pictures.length; ) {
      const i = this.pictures[k];
      if (yearHere(i) !== year) {
        year = yearHere(i);
        folder = null;
        add({ year, height: YEAR_HEIGHT });
      }
      if (folderHere(i) !== folder) {
        folder = folderHere(i);
        add({ folder, height: FOLDER_HEIGHT });
      }
      let end = k + 1;
      while (end < this.pictures.length && end - k < this.columns && folderHere(this.pictures[end]) === folder && yearHere(this.pictures[end]) === year) end += 1;
      add({ from: k, to: end, height: this.tile + CAPTION_HEIGHT + TILE_GAP });
      k = end;
      if (top > TALLEST_GALLERY) {
        add({ note: "There are more pictures. Choose a year or a folder above to see them.", height: FOLDER_HEIGHT });
        break;
      }
    }
    return lines;
  }

  clear() {
    for (const elements of this.drawn.values()) elements.forEach((element) => this.forget(element));
    this.drawn.clear();
  }

  forget(element) {
    const picture = element.querySelector("img");
    if (picture) {
      this.watcher.unobserve(picture);
      picture.removeAttribute("src"); // stops what is still being read
    }
    if (element.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
    element.remove();
  }

  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  lineAt(top) {
    let low = 0;
    let high = this.lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lines[middle].top + this.lines[middle].height <= top) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  draw() {
    const { scrollTop, clientHeight } = this.scroller;
    if (!clientHeight) return;
    const first = this.lineAt(scrollTop - clientHeight / 2);
    const last = Math.min(this.lines.length, this.lineAt(scrollTop + clientHeight * 1.5) + 1);
    for (const [number, elements] of this.drawn) {
      if (number >= first && number < last) continue;
      elements.forEach((element) => this.forget(element));
      this.drawn.delete(number);
    }
    let before = null;
    for (let number = last - 1; number >= first; number -= 1) {
      if (!this.drawn.has(number)) {
        const elements = this.makeLine(this.lines[number]);
        for (const element of elements) this.canvas.insertBefore(element, before);
        this.drawn.set(number, elements);
      }
      before = this.drawn.get(number)[0] ?? before;
    }
    this.markActive();
  }

  makeLine(line) {
    if (line.note) return [placed(heading("p", "note", line.note), line)];
    if (line.year !== undefined) return [placed(heading("h3", "year", line.year ? String(line.year) : "No date"), line)];
    if (line.folder !== undefined) return [placed(heading("h4", "folder", visibleName(this.items.folders[line.folder] || "/")), line)];
    return Array.from(this.pictures.subarray(line.from, line.to), (i, place) => {
      const tile = this.makeTile(i);
      tile.dataset.k = line.from + place;
      tile.style.left = `${place * (this.tile + TILE_GAP)}px`;
      tile.style.width = `${this.tile}px`;
      tile.firstChild.style.height = `${this.tile}px`;
      return placed(tile, line);
    });
  }

  makeTile(i) {
    const { items } = this;
    const name = visibleName(items.names[i]);
    const tile = document.createElement("a");
    tile.className = "tile";
    tile.href = addressOf(items, i);
    tile.target = "_blank";
    tile.rel = "noopener";
    tile.tabIndex = -1;
    tile.title = [name, dayText(items.day[i]), sizeText(items.size[i]), items.classes[items.itemClass[i]].name].filter(Boolean).join(" · ");
    const frame = document.createElement("span");
    frame.className = "frame";
    const small = pictureOf(items, i);
    if (small) {
      frame.append(this.makePicture(i, small), kindMark(name));
      frame.classList.add("small");
    } else frame.append(this.isShown(i) ? this.makePicture(i, tile.href) : kindMark(name));
    if (items.kind[i] === this.videos) frame.prepend(this.playSign.cloneNode(true));
    const caption = document.createElement("span");
    caption.className = "caption";
    if (this.album?.[2] === i) caption.append("Cover: ");
    caption.append(isolated(name));
    tile.append(frame, caption);
    return tile;
  }

  makePicture(i, address) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.decoding = "async";
    picture.loading = "lazy";
    picture.width = this.tile;
    picture.height = this.tile;
    picture.dataset.address = address;
    picture.addEventListener("error", () => {
      if (!picture.getAttribute("src")) return;
      const isSmall = picture.parentNode.classList.contains("small");
      picture.parentNode.classList.remove("small");
      if (isSmall) picture.remove();
      else picture.replaceWith(kindMark(this.items.names[i]), missingNote());
    });
    this.watcher.observe(picture);
    return picture;
  }

  fillJump() {
    const years = this.lines.filter((line) => line.year !== undefined).map((line) => line.year);
    this.jump.replaceChildren(...years.map((year) => new Option(year || "No date", year)));
    this.jump.parentNode.hidden = !years.length;
  }

  goToYear(year) {
    const line = this.lines.find((candidate) => candidate.year === year);
    if (line) this.scroller.scrollTop = line.top;
  }

  markActive() {
    for (const element of this.canvas.querySelectorAll('[tabindex="0"]')) element.tabIndex = -1;
    const tile = this.tileOf(this.active) ?? this.canvas.querySelector(".tile");
    if (tile) tile.tabIndex = 0;
  }

  tileOf(k) {
    return this.canvas.querySelector(`.tile[data-k="${k}"]`);
  }

  onFocus(event) {
    const tile = event.target.closest(".tile");
    if (tile) this.active = Number(tile.dataset.k);
  }

  onKey(event) {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    const moves = {
      ArrowRight: () => this.active + 1,
      ArrowLeft: () => this.active - 1,
      ArrowDown: () => this.beside(1),
      ArrowUp: () => this.beside(-1),
      Home: () => 0,
      End: () => this.pictures.length - 1,
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    this.focusTile(Math.min(this.pictures.length - 1, Math.max(0, moves[event.key]())));
  }

  lineOf(k) {
    return this.lines.findIndex((line) => line.from <= k && k < line.to);
  }

  // The tile in the next line of tiles, at the same place or the last one before it.
  beside(step) {
    const number = this.lineOf(this.active);
    let next = number + step;
    while (this.lines[next] && this.lines[next].from === undefined) next += step;
    const line = this.lines[next];
    return line ? Math.min(line.to - 1, line.from + this.active - this.lines[number].from) : this.active;
  }

  focusTile(k) {
    const line = this.lines[this.lineOf(k)];
    if (!line) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (line.top < scrollTop) this.scroller.scrollTop = Math.max(0, line.top - FOLDER_HEIGHT);
    else if (line.top + line.height > scrollTop + clientHeight) this.scroller.scrollTop = line.top + line.height - clientHeight;
    this.active = k;
    this.draw();
    this.tileOf(k)?.focus({ preventScroll: true });
  }
}

function loadWhenSeen(entry) {
  if (entry.isIntersecting && !entry.target.getAttribute("src")) entry.target.src = entry.target.dataset.address;
}

function placed(element, line) {
  element.style.top = `${line.top}px`;
  return element;
}

function heading(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(isolated(text));
  return made;
}

function kindMark(name) {
  const made = document.createElement("span");
  made.className = "format";
  made.textContent = extensionOf(name).slice(0, 5).toUpperCase() || "FILE";
  return made;
}

function missingNote() {
  const made = document.createElement("span");
  made.className = "missing";
  made.textContent = "cannot be shown";
  return made;
}
