// broken, not visible: the comparison is computed and nobody asserts its result
// input: {"score": "45", "threshold": "700"}
pragma circom 2.0.0;
include "comparators.circom";
template Eligible() {
    signal input score;
    signal input threshold;
    component enough = GreaterEqThan(16);
    enough.in[0] <== score;
    enough.in[1] <== threshold;
    signal eligible;
    eligible <== enough.out;
}
component main {public [threshold]} = Eligible();
