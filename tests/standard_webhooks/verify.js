// Reads deliveries, one JSON a line: {"secret", "headers", "body"}. Says of each what the reference library says.
"use strict";

const readline = require("node:readline");
const { Webhook } = require("standardwebhooks");

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log("accepted");
  } catch (error) {
    console.log(`refused: ${error.message}`);
  }
});
