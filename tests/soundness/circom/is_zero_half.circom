// broken: an IsZero without in * out === 0: out can be anything where in is not 0
// input: {"in": "5"}
pragma circom 2.0.0;
template HalfIsZero() {
    signal input in;
    signal output out;
    signal inv;
    inv <-- in != 0 ? 1 / in : 0;
    out <== -in * inv + 1;
}
component main = HalfIsZero();
