// Finds one's way in the transcript: filters, search, and links that lead to a turn or a time. Needs player.js.
"use strict";

const filter = { text: "", role: "", stage: "", evidence: false };
const saidOf = new Map(turns.map((turn) => [turn, turn.querySelector(".said")]));
const textOf = new Map(turns.map((turn) => [turn, saidOf.get(turn).textContent.toLowerCase()]));
const canMark = typeof Highlight === "function" && Boolean(CSS.highlights);
let hits = [];
let hitAt = 0;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

// --- filters ------------------------------------------------------------------------------------------------

function matches(turn) {
  return (
    (!filter.text || textOf.get(turn).includes(filter.text)) &&
    (!filter.role || turn.dataset.role === filter.role) &&
    (!filter.stage || turn.dataset.stage === filter.stage) &&
    (!filter.evidence || turn.classList.contains("has-evidence"))
  );
}

function applyFilters() {
  const before = hits[hitAt]?.turn;
  let shown = 0;
  turns.forEach((turn) => {
    turn.hidden = !matches(turn);
    if (!turn.hidden) shown += 1;
  });
  const all = shown === turns.length;
  byId("count").textContent = all ? "" : filled(data.texts.shown_turns, { shown, total: turns.length });
  byId("nothing-found").hidden = shown > 0;
  findHits(before);
  showActive();
  // Whoever ends a search wants to read on around what was found.
  if (!filter.text && before) bringIntoView(before);
}

function pressRole(role) {
  filter.role = role;
  document.querySelectorAll(".choice button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.role === role));
  });
}

function chooseStage(stage) {
  filter.stage = stage;
  if (byId("stage")) byId("stage").value = stage;
}

function pressEvidence(on) {
  filter.evidence = on;
  byId("only-evidence")?.setAttribute("aria-pressed", String(on));
}

function search(text) {
  byId("find").value = text;
  filter.text = text.trim().toLowerCase();
}

function resetFilters() {
  pressRole("");
  chooseStage("");
  pressEvidence(false);
  search("");
  applyFilters();
}

// What is filtered, each with a button that ends it.
function showActive() {
  const role = document.querySelector(".choice button[aria-pressed=true]");
  const active = [
    [filter.text, () => filled(data.texts.query, { text: byId("find").value.trim() }), () => search("")],
    [filter.role, () => role.textContent, () => pressRole("")],
    [filter.stage, () => byId("stage").selectedOptions[0].textContent, () => chooseStage("")],
    [filter.evidence, () => byId("only-evidence").textContent, () => pressEvidence(false)],
  ].filter(([on]) => on);
  const chips = active.map(([, name, end]) => chip(name(), filled(data.texts.remove, { name: name() }), end));
  if (chips.length > 1) chips.push(chip(data.texts.clear, data.texts.clear, resetFilters, "clear"));
  byId("active-filters").replaceChildren(...chips);
  byId("active-filters").hidden = chips.length === 0;
}

function chip(name, label, end, kind = "") {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const text = document.createElement("bdi");
  text.textContent = name;
  button.type = "button";
  button.className = kind;
  button.setAttribute("aria-label", label);
  button.append(text);
  button.addEventListener("click", () => {
    end();
    applyFilters();
    list.focus({ preventScroll: true });
  });
  item.append(button);
  return item;
}

// --- search -------------------------------------------------------------------------------------------------

function placesIn(turn) {
  const text = textOf.get(turn);
  const places = [];
  for (let at = text.indexOf(filter.text); at >= 0; at = text.indexOf(filter.text, at + filter.text.length)) {
    places.push({ turn, start: at, end: at + filter.text.length });
  }
  return places;
}

function findHits(near) {
  hits = filter.text ? turns.filter((turn) => !turn.hidden).flatMap(placesIn) : [];
  if (canMark) hits.forEach((hit) => (hit.range = rangeOf(hit)));
  hitAt = Math.max(0, hits.findIndex((hit) => hit.turn === near));
  byId("find-steps").hidden = !filter.text;
  byId("find-previous").disabled = byId("find-next").disabled = hits.length < 2;
  markHits();
  if (hits.length) bringIntoView(hits[hitAt].turn);
}

// A hit may begin in one word and end in another: the browser marks it without a change to the text.
function markHits() {
  const { hits: some, no_hits: none } = data.texts;
  byId("hits").textContent = hits.length ? filled(some, { at: hitAt + 1, total: hits.length }) : none;
  if (!canMark) return;
  const current = hits[hitAt];
  CSS.highlights.set("found", new Highlight(...hits.map((hit) => hit.range).filter(Boolean)));
  const here = new Highlight(...[current?.range].filter(Boolean));
  here.priority = 1;
  CSS.highlights.set("found-here", here);
}

function rangeOf(hit) {
  const walker = document.createTreeWalker(saidOf.get(hit.turn), NodeFilter.SHOW_TEXT);
  let from = null;
  let at = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const end = at + node.length;
    if (at <= hit.start && hit.start < end) from = { startContainer: node, startOffset: hit.start - at };
    if (from && hit.end <= end) return new StaticRange({ ...from, endContainer: node, endOffset: hit.end - at });
    at = end;
  }
  return null; // a letter whose small form is longer: the turn is shown, the place is not marked
}

function step(by) {
  if (!hits.length) return;
  hitAt = (hitAt + by + hits.length) % hits.length;
  markHits();
  const { turn } = hits[hitAt];
  if (hasOwnFrame()) bringIntoView(turn);
  else turn.scrollIntoView({ block: "center" });
}

function onFindKey(event) {
  // While a word is being composed, Enter chooses its characters.
  if (event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape" && event.target.value) {
    event.preventDefault();
    search("");
    applyFilters();
  }
}

function onSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  event.preventDefault();
  byId("find").focus();
  byId("find").select();
}

// --- start --------------------------------------------------------------------------------------------------

function startFilters() {
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("find").addEventListener("input", (event) => {
    filter.text = event.target.value.trim().toLowerCase();
    applyFilters();
  });
  byId("find").addEventListener("keydown", onFindKey);
  byId("find-next").addEventListener("click", () => step(1));
  byId("find-previous").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", onSlash);
  byId("stage")?.addEventListener("change", (event) => {
    filter.stage = event.target.value;
    applyFilters();
  });
  byId("only-evidence")?.addEventListener("click", () => {
    pressEvidence(!filter.evidence);
    applyFilters();
  });
  document.querySelectorAll(".choice button").forEach((button) =>
    button.addEventListener("click", () => {
      pressRole(button.dataset.role);
      applyFilters();
    }),
  );
  // Form fields survive a reload in some browsers, the filter does not.
  resetFilters();
}

const isWide = () => matchMedia("(min-width: 641px)").matches;

// Acts crowd the transcript of a phone: there they are shown when asked for.
function startActs() {
  const box = byId("show-acts");
  const show = () => list.classList.toggle("no-acts", !box.checked);
  box.checked = isWide();
  box.addEventListener("change", show);
  show();
}

// Fillers (呃, 那个) are marked when asked for: they are coaching material, not mistakes.
function startFillers() {
  const box = byId("show-fillers");
  const show = () => list.classList.toggle("show-fillers", box.checked);
  box.checked = false; // some browsers keep it over a reload
  box.addEventListener("change", show);
  show();
}

// A link to a turn (#t12) or a time (#t=83.5) leads there even when a filter hides it; nothing plays by itself.
function onHash() {
  const id = location.hash.slice(1);
  const time = /^t=(\d+(?:\.\d+)?)$/.exec(id);
  const turn = time ? turnAt(Number(time[1])) : byId(id);
  if (time) seekTo(Number(time[1]));
  if (!turn || !turn.classList.contains("turn")) return;
  if (!time && turn.dataset.s !== undefined) seekTo(timeOf(turn)[0]);
  showTurn(turn.id);
  turn.scrollIntoView({ block: "center" });
}

function turnAt(seconds) {
  const begun = timedTurns.filter((turn) => turn.start <= seconds);
  return (begun[begun.length - 1] ?? timedTurns[0])?.element;
}

if (turns.length) startFilters();
if (byId("show-acts")) startActs();
if (byId("show-fillers")) startFillers();
if (byId("voice")) byId("voice").open = isWide();
addEventListener("hashchange", onHash);
onHash();
