// sound: an equality by a zero test whose result must be 1: the difference is 0, and the inverse that the test took as a hint decides nothing
// input: {"a": "5", "b": "5"}
pragma circom 2.0.0;
include "comparators.circom";
template Same() {
    signal input a; signal input b;
    signal output twice;
    component e = IsEqual();
    e.in[0] <== a;
    e.in[1] <== b;
    e.out === 1;
    twice <== a + b;
}
component main = Same();
