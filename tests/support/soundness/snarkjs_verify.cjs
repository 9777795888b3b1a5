// snarkjs's verifier in one process. Lines in: a JSON list of three texts (verification key, proof,
// public inputs). Lines out: "accepted", "refused", or "threw" and the kind of error.
"use strict";
const path = require("path");
const readline = require("readline");
const snarkjs = require(path.join(__dirname, "../../../node_modules/snarkjs"));

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let verdict;
    try {
      const [key, proof, inputs] = JSON.parse(line).map((text) => JSON.parse(text));
      verdict = (await snarkjs.groth16.verify(key, inputs, proof)) ? "accepted" : "refused";
    } catch (error) {
      verdict = `threw ${error.name}`;
    }
    console.log(JSON.stringify(verdict));
  }
  process.exit(0);
}

main();
