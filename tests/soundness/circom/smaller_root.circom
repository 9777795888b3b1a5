// sound: a root below 2^100: the other one, r - x, is above 2^253. A rule on squares with a bound would prove it
// input: {"a": "49"}
pragma circom 2.0.0;
include "bitify.circom";
template Root() {
    signal input a;
    signal output x;
    var r = 0;
    for (var i = 0; i < 64; i++) { if (i * i == a) { r = i; } }
    x <-- r;
    x * x === a;
    component n = Num2Bits(100); n.in <== x;
}
component main = Root();
