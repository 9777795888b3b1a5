// snarkjs in one resident process, key and witness in memory. Arguments: folder.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const snarkjs = require(path.join(__dirname, "../../node_modules/snarkjs"));

const folder = process.argv[2];
const load = (name) => new Uint8Array(fs.readFileSync(path.join(folder, name)));
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));

async function main() {
  const loaded = (name) => ["zkey", "wtns"].map((end) => ({ type: "mem", data: load(`${name}.${end}`) }));
  const [credit, eligibility] = [loaded("credit"), loaded("eligibility")];
  const prove = async (files) => (await snarkjs.groth16.prove(...files)).proof;
  const key = json("verification_key.json");
  const publicInputs = json("public.json");
  const example = await prove(credit);
  const work = {
    prove: () => prove(credit),
    prove_eligibility: () => prove(eligibility),
    verify: async () => {
      if (!(await snarkjs.groth16.verify(key, publicInputs, example))) process.exit(1);
    },
  };
  const words = (proof) => [
    ...proof.pi_a.slice(0, 2),
    proof.pi_b[0][1], proof.pi_b[0][0], proof.pi_b[1][1], proof.pi_b[1][0],
    ...proof.pi_c.slice(0, 2),
  ];
  const peak = () => {
    const line = fs.readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+)/);
    return Number(line[1]) / 1024;
  };
  console.log(JSON.stringify({ ready: Object.keys(work) }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    const proof = await work[line.trim()]();
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    console.log(JSON.stringify({ ms, words: proof ? words(proof) : [], peak_mib: peak() }));
  }
  process.exit(0);
}

main();
