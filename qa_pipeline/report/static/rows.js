// The rows of the list of calls, which the page carries as data: what fits, in which order, and how it is drawn.
// Texts are only ever set as text. static/index.js holds what is chosen.
"use strict";

const data = JSON.parse(document.getElementById("page-data").textContent);
const byId = (id) => document.getElementById(id);
const table = byId("calls");
const C = Object.fromEntries(data.columns.map((name, place) => [name, place]));
const html = document.documentElement;
const collator = new Intl.Collator(html.lang, { numeric: true });
const counts = new Intl.NumberFormat(html.lang);
const days = new Intl.DateTimeFormat(
  html.lang === "en" ? "en-GB" : html.lang,
  { year: "numeric", month: html.lang === "en" ? "short" : "long", day: "numeric", timeZone: "UTC" },
);

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function count(n) {
  return counts.format(n);
}

// As the page's other numbers: one decimal at most, exact ties to the even digit, and a real minus sign.
function number(value) {
  const tie = Number.isInteger(value * 4) && (value * 4) % 2 !== 0;
  const low = Math.floor(value * 10);
  const text = tie ? String((low % 2 ? low + 1 : low) / 10) : String(Number(value.toFixed(1)));
  return (text === "-0" ? "0" : text).replace("-", "−");
}

// A whole number, ties to the even one.
function whole(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

function clock(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function started(row) {
  if (row[C.day] === null) return data.unknown;
  const minute = Math.floor(row[C.second] / 60);
  const time = `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
  return data.days[row[C.day]][1] + data.before_time + time;
}

function dayText(iso) {
  const moment = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(moment.getTime()) ? iso : days.format(moment);
}

// ---- Search and filters

const plain = (text) => text.normalize("NFKC").toLowerCase();
const textOf = (list, place, part) => (place === null ? "" : data[list][place][part]);
let searched = null;

// All that is searched of each row, read once.
function searchTexts() {
  searched ??= new Map(data.rows.map((row) => [row, plain([
    row[C.id], row[C.recording] ?? "", textOf("agents", row[C.agent], 1), textOf("agents", row[C.agent], 3),
    textOf("teams", row[C.team], 0), textOf("outcomes", row[C.outcome], 1), textOf("states", row[C.state], 1),
    ...row[C.red].map((place) => data.red[place][1]), ...row[C.reasons].map((place) => data.reasons[place][1]),
    ...row[C.notices].map((place) => data.notices[place][0]),
  ].join("\n"))]));
  return searched;
}

// Filters by a value that rows name by its place in a list; an unknown value fits no row.
function placed(list, column, value) {
  const place = data[list].findIndex((entry) => entry[0] === value);
  return (row) => row[column] === place;
}

function firstReasons(row) {
  const codes = row[C.reasons].map((place) => data.reasons[place][0]);
  return codes.length || data.states[row[C.state]][0] !== "none" ? codes : ["nothing"];
}

const TESTS = {
  q: (text) => {
    const texts = searchTexts();
    const words = plain(text).split(/\s+/).filter(Boolean);
    return (row) => words.every((word) => texts.get(row).includes(word));
  },
  team: (value) => placed("teams", C.team, value),
  agent: (value) => (row) => textOf("agents", row[C.agent], 0) === value,
  state: (value) => placed("states", C.state, value),
  outcome: (value) => placed("outcomes", C.outcome, value),
  red: (value) => (row) => {
    if (value === "*" || value === "-") return row[C.red].length > 0 === (value === "*");
    return row[C.red].some((place) => data.red[place][0] === value);
  },
  why: (value) => (row) => firstReasons(row).includes(value),
  human: () => (row) => row[C.human] === 1,
  from: (day) => (row) => row[C.day] !== null && data.days[row[C.day]][0] >= day,
  to: (day) => (row) => row[C.day] !== null && data.days[row[C.day]][0] <= day,
};

// ---- Order

// Places of a list's entries in the order of their texts.
function ranks(list, part) {
  const order = data[list].map((_, place) => place)
    .sort((a, b) => collator.compare(data[list][a][part], data[list][b][part]));
  const result = [];
  order.forEach((place, rank) => { result[place] = rank; });
  return result;
}

let idRanks = null;
function rankOfId(row) {
  idRanks ??= new Map([...data.rows].sort((a, b) => collator.compare(a[C.id], b[C.id])).map((r, rank) => [r, rank]));
  return idRanks.get(row);
}

function ranked(list, part, column) {
  const rank = ranks(list, part);
  return (row) => (row[column] === null ? null : rank[row[column]]);
}

const KEYS = {
  agent: () => ranked("agents", 1, C.agent),
  team: () => ranked("teams", 0, C.team),
  call: () => rankOfId,
  started: () => {
    const dayOf = data.days.map(([iso]) => Date.parse(iso) / 1000);
    return (row) => (row[C.day] === null ? null : dayOf[row[C.day]] + row[C.second]);
  },
  duration: () => (row) => row[C.length],
  outcome: () => ranked("outcomes", 1, C.outcome),
  score: () => (row) => row[C.percent],
  state: () => (row) => data.states[row[C.state]][2],
  scored: () => (row) => (row[C.criteria] ? row[C.scored] : null),
  unresolved: () => (row) => row[C.unresolved],
  notices: () => (row) => row[C.notices].reduce((sum, n) => sum + (data.notices[n][2] ? 100 : 1), 0) || null,
};

// Rows without a value stay at the end in either direction; equal ones keep the order of urgency.
function inOrder(rows, sort, down) {
  if (!Object.hasOwn(KEYS, sort)) return rows;
  const key = KEYS[sort]();
  const direction = down ? -1 : 1;
  return rows.map((row) => [key(row), row])
    .sort(([a], [b]) => (a === null) - (b === null) || direction * (a - b)).map(([, row]) => row);
}

// ---- Rows

function el(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const own = (text) => el("bdi", "", text);

function link(href, text) {
  const made = el("a", "", own(text));
  made.setAttribute("href", href);
  return made;
}

function titled(className, text, title) {
  const made = el("span", className, text);
  made.title = title;
  return made;
}

function bar(state, percent) {
  const drawn = byId("bar").content.firstElementChild.cloneNode(true);
  drawn.classList.add(state);
  drawn.lastElementChild.setAttribute("width", Math.round(Math.min(Math.max(percent, 0), 100) * 100) / 100);
  return drawn;
}

function stateCell(row, state) {
  const parts = [el("span", `state ${state[0]}`, state[1])];
  for (const place of row[C.reasons]) parts.push(" ", titled("tag why", data.reasons[place][1], data.reasons[place][2]));
  if (row[C.human]) parts.push(" ", el("span", "review", data.texts.review));
  return [...parts, ...row[C.red].map((place) => el("small", "red-title", own(data.red[place][1])))];
}

function scoreCell(row, state) {
  const percent = row[C.percent];
  const parts = [el("b", "", percent === null ? data.unknown : number(percent))];
  if (percent !== null) parts.push(bar(state[0], percent));
  if (row[C.points]) parts.push(el("small", "points", row[C.points]));
  return parts;
}

function cellsOf(row) {
  const state = data.states[row[C.state]];
  const agent = row[C.agent] === null ? ["", data.unknown, ""] : data.agents[row[C.agent]];
  const call = link(`calls/${row[C.page] ?? row[C.id]}${data.suffix}`, row[C.id]);
  return {
    agent: [agent[2] ? link(agent[2], agent[1]) : own(agent[1])],
    team: [own(textOf("teams", row[C.team], 0) || data.unknown)],
    call: row[C.recording] ? [call, el("small", "", own(row[C.recording]))] : [call],
    started: [started(row)],
    duration: [row[C.length] === null ? data.unknown : clock(row[C.length])],
    outcome: [textOf("outcomes", row[C.outcome], 1) || data.unknown],
    score: scoreCell(row, state),
    state: stateCell(row, state),
    scored: [row[C.criteria] ? `${row[C.scored]}/${row[C.criteria]}` : data.unknown],
    unresolved: [row[C.unresolved] === null ? data.unknown : String(row[C.unresolved])],
    notices: row[C.notices].map((place) => data.notices[place])
      .map(([short, text, serious]) => titled(serious ? "tag serious" : "tag", short, text)),
  };
}

const NUMBERS = new Set(["started", "duration", "score", "scored", "unresolved"]);

function rowOf(row) {
  const drawn = el("tr", row[C.red].length ? "red" : "");
  drawn.dataset.state = data.states[row[C.state]][0];
  for (const [name, parts] of Object.entries(cellsOf(row))) {
    const cell = el(name === "agent" ? "th" : "td", `col-${name}${NUMBERS.has(name) ? " num" : ""}`, ...parts);
    if (name === "agent") cell.scope = "row";
    cell.dataset.label = data.texts[`column.${name}`];
    drawn.append(cell);
  }
  return drawn;
}

