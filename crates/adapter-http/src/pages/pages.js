"use strict";

// Takes the token out of the address, so that neither history nor a copied link keeps it.
const token = new URLSearchParams(location.search).get("token") ?? "";
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const button = form.querySelector("button");
const answer = document.querySelector("#answer");

const sentences = (body) => [body.message, ...Object.values(body.errors ?? {}).flat()].filter(Boolean).join("\n");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  answer.textContent = "";
  try {
    const response = await fetch(form.dataset.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) }),
    });
    if (response.ok) {
      form.hidden = true;
      answer.textContent = form.dataset.done;
      return;
    }
    answer.textContent = sentences(await response.json());
  } catch {
    answer.textContent = "The server could not be reached. Try again.";
  }
  button.disabled = false;
});

if (token === "") {
  form.hidden = true;
  answer.textContent = "This link is incomplete. Open it from the mail again.";
}
