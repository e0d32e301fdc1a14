"use strict";
/* The sheet is whole without this: the button only saves a way through the browser's menu. */
(() => {
  const button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
})();
