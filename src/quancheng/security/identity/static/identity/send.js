// Sends the page's one form, or follows its one link, as the reader's own click on the button would.
"use strict";
const going = document.querySelector("[data-send]");
if (going instanceof HTMLFormElement) {
  going.submit();
} else if (going instanceof HTMLAnchorElement) {
  window.location.replace(going.href);
}
