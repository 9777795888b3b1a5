// sound: one of two inputs is chosen; a witness with pick = 0 does not depend on b. b is an input: nothing is free
// input: {"a": "5", "b": "9", "pick": "0"}
pragma circom 2.0.0;
template Choose() {
    signal input a; signal input b; signal input pick;
    signal output out;
    pick * (pick - 1) === 0;
    out <== pick * (b - a) + a;
}
component main = Choose();
