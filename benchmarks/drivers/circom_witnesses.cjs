// Computes the witness for each input of a list: node circom_witnesses.cjs NAME INPUTS.json
// NAME_js is what circom wrote; the witnesses become NAME.0.wtns, NAME.1.wtns and so on.
const fs = require("node:fs");
const path = require("node:path");

async function main([name, inputs]) {
    const folder = path.resolve(`${name}_js`);
    const builder = require(path.join(folder, "witness_calculator.js"));
    const calculator = await builder(fs.readFileSync(path.join(folder, `${path.basename(name)}.wasm`)));
    for (const [place, input] of JSON.parse(fs.readFileSync(inputs)).entries()) {
        fs.writeFileSync(`${name}.${place}.wtns`, await calculator.calculateWTNSBin(input, true));
    }
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exit(1);
});
