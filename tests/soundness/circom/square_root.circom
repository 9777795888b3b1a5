// broken: a square has two roots
// input: {"in": "49", "hint": "7"}
pragma circom 2.0.0;
template Root() {
    signal input in;
    signal input hint;
    signal output out;
    out <-- hint;
    out * out === in;
}
component main = Root();
