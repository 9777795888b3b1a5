// broken: out * b === a says nothing about out where a and b are 0
// input: {"a": "0", "b": "0"}
pragma circom 2.0.0;
template Quotient() {
    signal input a;
    signal input b;
    signal output out;
    out <-- b != 0 ? a / b : 0;
    out * b === a;
}
component main = Quotient();
