// The list of calls: searches, filters, sorts and pages. What is chosen stands in the address after #, so that a view
// can be kept, sent and come back to.
"use strict";

const SELECTS = ["team", "agent", "state", "outcome", "red", "why"];
const NOTHING = { q: "", team: "", agent: "", state: "", outcome: "", red: "", why: "", human: "", from: "", to: "" };
const START = { ...NOTHING, sort: "", down: "", page: 1 };
const TYPING_MS = 400; // after the last key, the address takes over what was typed
const IDLE_MS = 300; // after the first rows are seen, what is searched is prepared
let chosen = { ...START };
let found = data.rows; // the rows that fit, in their order
let typing = 0;
let lastWasTyped = false;

// ---- Totals of what the filter leaves

function reasonParts(rows) {
  const first = new Map();
  for (const row of rows) {
    const reason = row[C.reasons].length ? data.reasons[row[C.reasons][0]][1] : data.texts.nothing;
    first.set(reason, (first.get(reason) ?? 0) + 1);
  }
  return [...first].sort((a, b) => b[1] - a[1]).map(([reason, n]) => filled(data.texts.reason, { reason, count: n }));
}

function totalsOf(rows) {
  const inState = (...codes) => rows.filter((row) => codes.includes(data.states[row[C.state]][0]));
  const percents = rows.map((row) => row[C.percent]).filter((percent) => percent !== null);
  const [judged, passed] = [inState("passed", "failed", "redline").length, inState("passed").length];
  const none = inState("none");
  const mean = percents.length ? number(percents.reduce((sum, p) => sum + p, 0) / percents.length) : data.unknown;
  const share = judged ? ` · ${whole((100 * passed) / judged)}%` : "";
  return {
    calls: [count(rows.length)],
    mean: [mean, filled(data.texts.n, { n: count(percents.length) })],
    passed: [count(passed), filled(data.texts.of, { n: count(judged) }) + share],
    redlines: [count(rows.filter((row) => row[C.red].length).length)],
    none: [count(none.length), ...reasonParts(none)],
    unscored: [count(rows.filter((row) => row[C.percent] === null).length - none.length)],
    human: [count(rows.filter((row) => row[C.human]).length)],
  };
}

function drawTotals() {
  const filtering = Object.keys(NOTHING).some((name) => chosen[name]);
  const totals = filtering ? totalsOf(found) : {};
  document.querySelectorAll("[data-total]").forEach((place) => {
    const [value, ...notes] = totals[place.dataset.total] ?? [];
    place.hidden = !filtering;
    place.replaceChildren();
    if (!filtering) return;
    place.append(`${data.texts.filtered} `, el("b", "num", value), ...notes.flatMap((note) => [" ", el("small", "", note)]));
  });
}

// ---- Chips of the active filters

function valueText(name) {
  const select = byId(name);
  const option = select && [...select.options].find((each) => each.value === chosen[name]);
  return option ? option.textContent : chosen[name];
}

function periodText() {
  const [first, last] = [chosen.from && dayText(chosen.from), chosen.to && dayText(chosen.to)];
  if (first && last) return filled(data.texts.between, { first, last });
  return first ? filled(data.texts.from, { day: first }) : filled(data.texts.until, { day: last });
}

function chipsOf() {
  const made = [];
  const named = (name, value) => filled(data.texts.chip, { name, value });
  if (chosen.q.trim()) made.push([named(data.texts.search, chosen.q.trim()), { q: "" }]);
  for (const name of SELECTS.filter((each) => chosen[each])) {
    const label = byId(name)?.closest("label").firstElementChild.textContent ?? name;
    made.push([named(label, valueText(name)), { [name]: "" }]);
  }
  if (chosen.from || chosen.to) made.push([named(data.texts.period, periodText()), { from: "", to: "" }]);
  if (chosen.human) made.push([data.texts.review, { human: "" }]);
  return made;
}

function chip([text, without], place) {
  const button = el("button", "chip-filter", own(text), el("span", "cross", "×"));
  button.type = "button";
  button.lastElementChild.setAttribute("aria-hidden", "true");
  button.setAttribute("aria-label", filled(data.texts.drop, { chip: text }));
  button.addEventListener("click", () => {
    choose(without);
    (byId("chips").children[place] ?? byId("find")).focus();
  });
  return button;
}

function drawChips() {
  const chips = chipsOf();
  byId("chips").hidden = chips.length === 0;
  byId("chips").replaceChildren(...chips.map(chip));
  if (chips.length < 2) return;
  const clear = el("button", "clear", data.texts.clear);
  clear.type = "button";
  clear.addEventListener("click", clearAll);
  byId("chips").append(clear);
}

function clearAll() {
  choose(NOTHING);
  byId("find").focus();
}

// ---- The page of rows

const pages = () => Math.max(1, Math.ceil(found.length / data.page_rows));

function drawRows() {
  chosen.page = Math.min(Math.max(chosen.page, 1), pages());
  const first = (chosen.page - 1) * data.page_rows;
  const shown = found.slice(first, first + data.page_rows);
  table.tBodies[0].replaceChildren(...shown.map(rowOf));
  table.hidden = shown.length === 0;
  byId("nothing-found").hidden = shown.length > 0;
  byId("count").textContent = countText(first, shown.length);
  document.querySelectorAll(".pager").forEach(drawPager);
}

function countText(first, shown) {
  const [total, all] = [found.length, data.rows.length];
  if (total === 0) return filled(data.texts.none, { all: count(all) });
  if (all === 1) return data.texts.one;
  const values = { first: count(first + 1), last: count(first + shown), total: count(total), all: count(all) };
  return filled(total < all ? data.texts.range_of : data.texts.range, values);
}

// Buttons that lead nowhere stay in the order of focus, so that it is not lost on the last page.
function drawPager(pager) {
  pager.hidden = pages() < 2;
  pager.querySelector("span").textContent = filled(data.texts.page, { page: count(chosen.page), pages: count(pages()) });
  pager.querySelectorAll("[data-go]").forEach((button) => {
    button.setAttribute("aria-disabled", String(target(button.dataset.go) === chosen.page));
  });
}

function target(go) {
  const all = { first: 1, previous: chosen.page - 1, next: chosen.page + 1, last: pages() };
  return Math.min(Math.max(all[go], 1), pages());
}

function onPage(event) {
  const page = target(event.currentTarget.dataset.go);
  if (page === chosen.page) return;
  const below = event.currentTarget.closest(".below");
  choose({ page }, "rows");
  if (!below) return;
  table.focus({ preventScroll: true });
  byId("list-bar").scrollIntoView({ block: "start" });
}

function drawSorting() {
  table.querySelectorAll("th[data-key]").forEach((head) => {
    if (head.dataset.key === chosen.sort) head.setAttribute("aria-sort", chosen.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  if (!byId("sort")) return;
  byId("sort").value = chosen.sort;
  byId("direction").hidden = !chosen.sort;
  byId("direction").textContent = chosen.down ? data.texts.descending : data.texts.ascending;
}

function drawControls() {
  if (!byId("filters")) return;
  if (document.activeElement !== byId("find")) byId("find").value = chosen.q;
  for (const name of [...SELECTS, "from", "to"]) if (byId(name)) byId(name).value = chosen[name];
  byId("human").checked = Boolean(chosen.human);
  document.querySelectorAll("[data-from]").forEach((button) => {
    const on = button.dataset.from === chosen.from && button.dataset.to === chosen.to;
    button.setAttribute("aria-pressed", String(on));
  });
}

function find() {
  const tests = Object.keys(NOTHING).filter((name) => chosen[name]).map((name) => TESTS[name](chosen[name]));
  const rows = tests.length ? data.rows.filter((row) => tests.every((test) => test(row))) : data.rows;
  found = inOrder(rows, chosen.sort, chosen.down);
}

function draw() {
  find();
  drawRows();
  drawTotals();
  drawChips();
  drawSorting();
  drawControls();
}

// ---- What is chosen, and the address

// A new choice begins on the first page, unless it is a page.
function choose(changed, how = "all") {
  chosen = { ...chosen, page: 1, ...changed };
  if (how === "rows") drawRows();
  else draw();
  window.clearTimeout(typing);
  if (how === "typed") typing = window.setTimeout(remember, TYPING_MS, true);
  else remember(false);
}

function address() {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(chosen)) if (value !== START[name]) kept.set(name, value);
  return String(kept) ? `#${kept}` : location.href.split("#")[0];
}

function current() {
  return location.hash || location.href.split("#")[0];
}

// What is typed in one go is one step of the Back button.
function remember(typed) {
  typing = 0;
  const next = address();
  if (next !== current()) {
    if (typed && lastWasTyped) history.replaceState(null, "", next);
    else history.pushState(null, "", next);
  }
  lastWasTyped = typed;
  linkOther();
}

// The other language shows the same choice.
function linkOther() {
  const other = document.querySelector("a.language");
  if (other) other.setAttribute("href", other.getAttribute("href").split("#")[0] + location.hash);
}

function read() {
  const kept = new URLSearchParams(location.hash.slice(1));
  chosen = { ...START };
  for (const name of Object.keys(START)) if (kept.has(name)) chosen[name] = kept.get(name);
  chosen.page = Number.parseInt(chosen.page, 10) || 1;
  for (const name of ["from", "to"]) if (!/^\d{4}-\d\d-\d\d$/.test(chosen[name])) chosen[name] = "";
  if (!Object.hasOwn(KEYS, chosen.sort)) chosen.sort = "";
}

function onAddress() {
  if (address() === current()) return;
  lastWasTyped = false;
  read();
  if (byId("find")) byId("find").value = chosen.q;
  draw();
  linkOther();
}

function sortBy(sort) {
  const ascending = chosen.sort !== sort || chosen.down;
  choose({ sort, down: ascending ? "" : "1" });
}

function startFilters() {
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("find").addEventListener("input", (event) => choose({ q: event.target.value }, "typed"));
  byId("find").addEventListener("change", () => { if (typing) { window.clearTimeout(typing); remember(true); } });
  for (const name of [...SELECTS, "from", "to"]) {
    byId(name)?.addEventListener("change", (event) => choose({ [name]: event.target.value }));
  }
  byId("human").addEventListener("change", (event) => choose({ human: event.target.checked ? "1" : "" }));
  document.querySelectorAll("[data-from]").forEach((button) => button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") === "true";
    choose(on ? { from: "", to: "" } : { from: button.dataset.from, to: button.dataset.to });
  }));
  byId("more").addEventListener("click", (event) => {
    const open = byId("filters").classList.toggle("open");
    event.currentTarget.setAttribute("aria-expanded", String(open));
  });
  byId("sort").addEventListener("change", (event) => choose({ sort: event.target.value, down: "" }));
  byId("direction").addEventListener("click", () => choose({ down: chosen.down ? "" : "1" }));
}

function start() {
  read();
  if (byId("find")) { byId("find").value = chosen.q; startFilters(); }
  table.querySelectorAll("button[data-sort]").forEach((button) => {
    button.addEventListener("click", () => sortBy(button.dataset.sort));
  });
  document.querySelectorAll("[data-go]").forEach((button) => button.addEventListener("click", onPage));
  document.querySelector("[data-clear]").addEventListener("click", clearAll);
  window.addEventListener("popstate", onAddress);
  window.addEventListener("hashchange", onAddress);
  draw();
  linkOther();
  window.setTimeout(searchTexts, IDLE_MS);
}

if (table) start();
