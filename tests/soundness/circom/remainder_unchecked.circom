// broken: a remainder without a range check (a zkML credit model: 0 turned into 1)
// input: {"a": "17", "b": "5"}
pragma circom 2.0.0;
template Divide() {
    signal input a;
    signal input b;
    signal output quotient;
    signal output remainder;
    quotient <-- a \ b;
    remainder <-- a % b;
    quotient * b + remainder === a;
}
component main = Divide();
