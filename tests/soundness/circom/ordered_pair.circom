// sound: as sum_and_product, but the first is at most the second and both are below 2^20: only one order is left
// input: {"sum": "12", "product": "35"}
pragma circom 2.0.0;
include "bitify.circom";
template Ordered() {
    signal input sum; signal input product;
    signal output first; signal output second;
    var root = 0; var found = 0;
    for (var i = 0; i < 64; i++) { if (i * (sum - i) == product && found == 0) { root = i; found = 1; } }
    first <-- root;
    second <-- sum - root;
    first + second === sum;
    first * second === product;
    component a = Num2Bits(20); a.in <== first;
    component b = Num2Bits(20); b.in <== second;
    component c = Num2Bits(20); c.in <== second - first;
}
component main = Ordered();
