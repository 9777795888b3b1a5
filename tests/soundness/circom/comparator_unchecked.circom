// broken, not visible: LessThan of inputs without a range check (Dark Forest, Unirep, Self)
// input: {"a": "3", "b": "4"}
pragma circom 2.0.0;
include "comparators.circom";
template Below() {
    signal input a;
    signal input b;
    signal output out;
    component less = LessThan(64);
    less.in[0] <== a;
    less.in[1] <== b;
    out <== less.out;
}
component main = Below();
