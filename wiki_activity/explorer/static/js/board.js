// The reader's own wikis on the board: which of them stood out. What they are is known to this device alone.

import { mineAddress, readMine, writeLines } from "./mine.js";

const MOST_LINES = 6;
const SVG = "http://www.w3.org/2000/svg";
const section = document.querySelector("[data-mine-lines]")?.closest("section");

async function show() {
  const names = readMine();
  if (!section) return;
  if (!names.length) {
    delete document.documentElement.dataset.mine;
    return;
  }
  document.documentElement.dataset.mine ??= String(MOST_LINES);
  const lines = section.querySelector("[data-mine-lines]");
  const sentence = section.querySelector("[data-mine-sentence]");
  try {
    const answer = await fetch(mineAddress(names, "/api/v1/board"), { signal: AbortSignal.timeout(20_000) });
    const board = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(board.title ?? `The server answered ${answer.status}`);
    const found = [...board.stood_out, ...board.many_wikis, ...board.small_rises, ...board.mostly_bots];
    const shown = found.slice(0, MOST_LINES);
    lines.replaceChildren(...shown.map(makeLine));
    sentence.textContent = `${board.sentence} ${board.people}`.trim();
    writeLines(names, shown.length);
    section.querySelector("[data-mine-so-far]")?.replaceChildren(...(board.so_far ? [makeSoFar(board.so_far)] : []));
  } catch (error) {
    const reason = error instanceof TypeError || error.name === "TimeoutError" ? "The server cannot be reached" : error.message;
    sentence.textContent = `${reason}: your wikis cannot be shown now.`;
  }
}

/** The same line as `templates/board_lines.html` has. */
function makeLine(line) {
  const row = make("li");
  const figures = make("a", "figures-of");
  figures.href = line.address;
  for (const { text, times } of line.figures) {
    const figure = make("span");
    figure.append(make("b", "", text));
    if (times) figure.append(" ", make("span", "subtle", times));
    figures.append(figure);
  }
  const about = make("span", "about subtle");
  const note = make("a");
  note.href = line.note ? line.address : `${line.address}#note`;
  note.append(line.note ? make("bdi", "", line.note) : "no note yet");
  const part = { many_wikis: "busy on many wikis · ", small_rise: "a smaller rise · " }[line.part] ?? "";
  about.append(`${part}${line.made_of} · `);
  if (line.found) {
    const found = make("a");
    found.href = `${line.address}#found`;
    found.append("found: ", make("bdi", "", line.found));
    about.append(found, " · ");
  }
  about.append(note);
  row.append(makeLink(line), figures, draw(line.drawing, { a: line.drawing.alert, l: line.drawing.line, p: line.drawing.peaks }), about);
  return row;
}

/** The running month, as `templates/board.html` has it of the installation's wikis. */
function makeSoFar({ sentence, lines }) {
  const fold = make("details", "fold");
  const list = make("ol", "plain board-lines");
  for (const line of lines) {
    const row = make("li");
    row.append(makeLink(line), make("span", "", line.words), draw({ width: 120, height: 32 }, { u: line.usual, s: line.line }));
    list.append(row);
  }
  const words = "Dotted: edits without bots since the 1st, counted from the live stream; the line: the usual way. A month that has not ended is not judged.";
  fold.append(make("summary", "", sentence), list, make("p", "subtle", words));
  return fold;
}

function makeLink(line) {
  const wiki = make("a", "wiki");
  wiki.href = `/p/${encodeURIComponent(line.project)}`;
  const name = make("bdi", "name", line.autonym ?? line.project);
  if (line.language_tag) name.lang = line.language_tag;
  if (line.direction) name.dir = line.direction;
  wiki.append(name);
  if (line.name && line.name !== line.autonym) wiki.append(" ", make("span", "subtle", `· ${line.name}`));
  return wiki;
}

function draw({ width, height }, shapes) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "small", "aria-hidden": "true", width, height, viewBox: `0 0 ${width} ${height}` })) {
    drawing.setAttribute(name, value);
  }
  for (const [name, path] of Object.entries(shapes)) {
    if (!path) continue;
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("class", name);
    shape.setAttribute("d", path);
    drawing.append(shape);
  }
  return drawing;
}

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

show();
addEventListener("pageshow", (event) => { if (event.persisted) show(); });
