// Sorts and filters the list of calls in the page. Made for a few thousand rows: text is read once.
"use strict";

const data = JSON.parse(document.getElementById("page-data").textContent);
const byId = (id) => document.getElementById(id);
const table = byId("calls");
const body = table?.tBodies[0];
const rows = body ? [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() })) : [];
const filter = { words: [], team: "", agent: "", state: "", red: false };
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

function keyOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.v ?? cell.textContent.trim();
}

// Cells without a value stay at the end in either direction.
function isEmpty(key) {
  return key === "" || key === "—";
}

function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y;
}

function sortBy(column, direction) {
  const keyed = rows.map((item) => ({ item, key: keyOf(item.row, column) }));
  keyed.sort((a, b) => isEmpty(a.key) - isEmpty(b.key) || direction * compare(a.key, b.key));
  body.append(...keyed.map(({ item }) => item.row));
}

function onSort(event) {
  const head = event.currentTarget.closest("th");
  const ascending = head.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  sortBy(Number(event.currentTarget.dataset.sort), ascending ? 1 : -1);
}

function matches({ row, text }) {
  return (
    filter.words.every((word) => text.includes(word)) &&
    (!filter.team || row.dataset.team === filter.team) &&
    (!filter.agent || row.dataset.agent === filter.agent) &&
    (!filter.state || row.dataset.state === filter.state) &&
    (!filter.red || row.dataset.red === "1")
  );
}

function applyFilter() {
  let shown = 0;
  rows.forEach((item) => {
    item.row.hidden = !matches(item);
    if (!item.row.hidden) shown += 1;
  });
  byId("count").textContent = data.texts.shown_calls.replace("{shown}", shown).replace("{total}", rows.length);
  byId("nothing-found").hidden = shown > 0;
}

function start() {
  table.querySelectorAll("button[data-sort]").forEach((button) => button.addEventListener("click", onSort));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("find").addEventListener("input", (event) => {
    filter.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    applyFilter();
  });
  for (const name of ["team", "agent", "state"]) {
    byId(name)?.addEventListener("change", (event) => {
      filter[name] = event.target.value;
      applyFilter();
    });
  }
  byId("only-red").addEventListener("click", (event) => {
    filter.red = !filter.red;
    event.currentTarget.setAttribute("aria-pressed", String(filter.red));
    applyFilter();
  });
  byId("filters").reset();
  applyFilter();
}

if (table) start();
