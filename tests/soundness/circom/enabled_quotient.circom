// broken: the quotient is constrained only while the flag is set; the output shows it also while it is not
// input: {"on": "0", "a": "6", "b": "3"}
pragma circom 2.0.0;
template Gate() {
    signal input on; signal input a; signal input b;
    signal output q;
    on * (on - 1) === 0;
    q <-- on == 1 ? a / b : 0;
    signal t <== q * b - a;
    on * t === 0;
}
component main = Gate();
