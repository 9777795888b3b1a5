// Shows what is new without a reload. Without this script a reload shows the same.
"use strict";

let asking = false;
let again = false;

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (fresh) document.getElementById("live").replaceWith(fresh);
    }
  } catch {
    // the next event asks again
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

// a reader who fills in a form must not lose it
if (!document.querySelector("form")) {
  let first = true;
  new EventSource("/events").addEventListener("block", () => {
    if (!first) refresh();
    first = false;
  });
}
