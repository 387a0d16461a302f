"use strict";

// What the page calls its token, and says where there is none.
const { token: name = "token", incomplete = "This link is incomplete. Open it from the mail again." } =
  document.querySelector("main").dataset;

// Takes the token out of the address, so that neither history nor a copied link keeps it.
const token = new URLSearchParams(name === "token" ? location.search : location.hash.slice(1)).get(name) ?? "";
history.replaceState(null, "", location.pathname);

const answer = document.querySelector("#answer");

// What the API answers; an error it answers is thrown.
const post = async (endpoint, body, headers = {}) => {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const answered = text === "" ? {} : JSON.parse(text);
  if (!response.ok) throw Object.assign(new Error(answered.message), answered);
  return answered;
};

// An existing account signs in first, for this one request.
const submit = async (form, fields) => {
  const { endpoint, signIn } = form.dataset;
  if (!signIn) return post(endpoint, { [name]: token, ...fields });
  const { access_token } = await post(signIn, fields);
  return post(endpoint, { [name]: token }, { Authorization: `Bearer ${access_token}` });
};

// The form that goes on from an error, or the same one again.
const refused = (form, error) => {
  const explained = document.querySelector(`[data-explains="${error.type}"]`)?.textContent;
  const sentences = [error.message, ...Object.values(error.errors ?? {}).flat(), explained];
  answer.textContent = sentences.filter(Boolean).join("\n");
  const next = document.querySelector(`form[data-after="${error.type}"]`);
  if (next) {
    form.hidden = true;
    next.hidden = false;
  }
};

for (const form of document.forms) {
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    answer.textContent = "";
    try {
      await submit(form, Object.fromEntries(new FormData(form)));
      if (form.dataset.next) return location.replace(form.dataset.next);
      form.hidden = true;
      answer.textContent = form.dataset.done;
    } catch (error) {
      refused(form, error.type ? error : { message: "The server could not be reached. Try again." });
    }
    button.disabled = false;
  });
}

if (token === "") {
  for (const form of document.forms) form.hidden = true;
  answer.textContent = incomplete;
}
