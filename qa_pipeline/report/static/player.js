// Plays a call and keeps sound, waveform and transcript together. Everything is in the page; nothing is fetched.
"use strict";

const data = JSON.parse(document.getElementById("page-data").textContent);
const byId = (id) => document.getElementById(id);
const audio = byId("audio");
const list = byId("turns");
const timeOf = (element) => [Number(element.dataset.s), Number(element.dataset.e)];
const timed = (elements) =>
  elements.map((element) => ({ element, start: timeOf(element)[0], end: timeOf(element)[1] }));
const turns = list ? [...list.querySelectorAll(".turn")] : [];
const timedTurns = timed(turns.filter((turn) => turn.dataset.s !== undefined));
const wordsOf = new Map();
const playheads = document.querySelectorAll(".playhead");
const SKIP_S = 5;
let stopAt = null;
let lit = [];

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const head = minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}` : String(minutes);
  return `${head}:${two(whole % 60)}`;
}

// --- transcript ---------------------------------------------------------------------------------------------

function wordsIn(turn) {
  if (!wordsOf.has(turn)) wordsOf.set(turn, timed([...turn.querySelectorAll(".w[data-s]")]));
  return wordsOf.get(turn);
}

function at(items, now) {
  return items.filter((item) => item.start <= now && now < item.end).map((item) => item.element);
}

function highlight(now) {
  const activeTurns = at(timedTurns, now);
  const active = activeTurns.concat(activeTurns.flatMap((turn) => at(wordsIn(turn), now)));
  if (active.length === lit.length && active.every((element, i) => element === lit[i])) return;
  const newest = activeTurns[activeTurns.length - 1];
  const moved = newest && !lit.includes(newest);
  lit.forEach((element) => element.classList.remove("playing"));
  active.forEach((element) => element.classList.add("playing"));
  lit = active;
  if (moved && !audio.paused && byId("follow").checked) bringIntoView(newest);
}

const hasOwnFrame = () => getComputedStyle(list).overflowY === "auto";

// Only the transcript's own frame is moved: the page must not jump while someone reads the scorecard.
function bringIntoView(turn) {
  if (turn.hidden || !hasOwnFrame()) return;
  const frame = list.getBoundingClientRect();
  const box = turn.getBoundingClientRect();
  if (box.top < frame.top + 8 || box.bottom > frame.bottom - 8) {
    list.scrollTop += box.top - frame.top - Math.max(8, (frame.height - box.height) / 3);
  }
}

function showTurn(id) {
  const turn = byId(id);
  if (!turn || !turn.classList.contains("turn")) return;
  if (turn.hidden) resetFilters();
  bringIntoView(turn);
  flash(turn);
}

function showCriterion(id) {
  byId(id).scrollIntoView({ block: "nearest" });
  flash(byId(id));
}

function flash(element) {
  element.classList.add("flash");
  setTimeout(() => element.classList.remove("flash"), 1600);
}

// --- sound --------------------------------------------------------------------------------------------------

function paint() {
  const now = audio.currentTime;
  byId("now").textContent = clock(now);
  const seek = byId("seek");
  if (seek) {
    seek.value = String(now);
    seek.setAttribute("aria-valuetext", clock(now));
    const left = `${Math.min(100, (100 * now) / data.duration_s)}%`;
    playheads.forEach((head) => (head.style.left = left));
  }
  highlight(now);
}

function tick() {
  if (stopAt !== null && audio.currentTime >= stopAt) {
    stopAt = null;
    audio.pause();
  }
  paint();
  if (!audio.paused) requestAnimationFrame(tick);
}

function soundFailed() {
  byId("sound-error").hidden = false;
}

function playFrom(start, stop) {
  audio.currentTime = Math.max(0, start);
  stopAt = stop;
  audio.play().catch(soundFailed);
  paint();
}

// To a place without playing: what is sounding already goes on.
function seekTo(seconds) {
  if (!audio || !audio.paused) return;
  stopAt = null;
  audio.currentTime = Math.max(0, seconds);
  paint();
}

// The charts of the voices have the waveform's time axis: a click leads to the time that is pointed at.
function onChartClick(event) {
  const box = event.currentTarget.getBoundingClientRect();
  stopAt = null;
  audio.currentTime = Math.max(0, (data.duration_s * (event.clientX - box.left)) / box.width);
  paint();
}

function toggle() {
  stopAt = null;
  if (audio.paused) audio.play().catch(soundFailed);
  else audio.pause();
}

function skip(seconds) {
  stopAt = null;
  audio.currentTime = Math.max(0, Math.min(audio.duration || data.duration_s, audio.currentTime + seconds));
  paint();
}

function showState() {
  const button = byId("toggle");
  button.setAttribute("aria-label", audio.paused ? data.texts.play : data.texts.pause);
  button.firstElementChild.textContent = audio.paused ? "▶" : "❚❚";
  if (!audio.paused) requestAnimationFrame(tick);
}

function onPlayClick(event) {
  const link = event.target.closest("[data-play]");
  const word = event.target.closest(".w[data-s]");
  if (!link && !word) return;
  // A dragged selection of text ends in a click as well; that is not a wish to hear it.
  if (word && !getSelection().isCollapsed) return;
  event.preventDefault();
  if (word) return playFrom(timeOf(word)[0], null);
  playFrom(Number(link.dataset.play), link.dataset.stop ? Number(link.dataset.stop) : null);
  const target = link.getAttribute("href");
  if (target && target.startsWith("#t")) showTurn(target.slice(1));
  if (target && target.startsWith("#c")) showCriterion(target.slice(1));
  // After a mouse click the space bar shall pause, not press the link again.
  if (event.detail > 0) link.blur();
}

function isTyping(element) {
  return element.matches("input:not([type=range]):not([type=checkbox]), textarea, select");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const steps = { ArrowLeft: -SKIP_S, ArrowRight: SKIP_S };
  if (event.key in steps) {
    event.preventDefault();
    skip(steps[event.key]);
  } else if (event.key === " " && !event.target.closest("button, a, summary, input[type=checkbox]")) {
    event.preventDefault();
    toggle();
  }
}

// The transcript's frame stands under the player, whose height depends on channels, marks and window.
function measure() {
  const height = Math.ceil(document.querySelector(".player").getBoundingClientRect().height);
  document.documentElement.style.setProperty("--player-height", `${height}px`);
}

function startPlayer() {
  measure();
  addEventListener("resize", measure);
  audio.addEventListener("play", showState);
  audio.addEventListener("pause", showState);
  audio.addEventListener("seeked", paint);
  audio.addEventListener("timeupdate", () => audio.paused || tickOnce());
  audio.addEventListener("error", soundFailed);
  if (audio.error) soundFailed(); // it may have failed before this script ran
  byId("toggle").addEventListener("click", toggle);
  byId("back").addEventListener("click", () => skip(-SKIP_S));
  byId("forward").addEventListener("click", () => skip(SKIP_S));
  byId("speed").addEventListener("change", (event) => (audio.playbackRate = Number(event.target.value)));
  byId("seek")?.addEventListener("input", (event) => {
    stopAt = null;
    audio.currentTime = Number(event.target.value);
    paint();
  });
  byId("voice-over")?.addEventListener("click", onChartClick);
  document.addEventListener("click", onPlayClick);
  document.addEventListener("keydown", onKey);
}

// In a hidden tab no frames are drawn, but a quote shall still end where it ends.
function tickOnce() {
  if (stopAt !== null && audio.currentTime >= stopAt) {
    stopAt = null;
    audio.pause();
  }
}

if (audio) startPlayer();
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
