// sound: circomlib, after BabyCheck; that x is not 0 follows from a zero test, and that the order is not small from the doublings: no rule knows that
// input: {"e": "1234567890123456789012345678901234567890", "p": ["5299619240641551281634865583518297030282874472190772894086521144482721001553", "16950150798460657717958625567821834550301663161624707787222815936182638968203"]}
pragma circom 2.0.0;
include "escalarmulany.circom";

template MultiplyChecked() {
    signal input e;
    signal input p[2];
    signal output out[2];
    component check = BabyCheck();
    check.x <== p[0];
    check.y <== p[1];
    component bits = Num2Bits(253);
    bits.in <== e;
    component product = EscalarMulAny(253);
    for (var i = 0; i < 253; i++) {
        product.e[i] <== bits.out[i];
    }
    product.p[0] <== p[0];
    product.p[1] <== p[1];
    out[0] <== product.out[0];
    out[1] <== product.out[1];
}

component main = MultiplyChecked();
